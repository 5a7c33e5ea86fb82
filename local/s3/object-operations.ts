import type { Operations } from "../service";
import { restoreObject } from "./archive";
import { copyObject } from "./copy";
import { deleteObject, deleteObjects } from "./delete";
import { getObject, getObjectAttributes, headObject } from "./get";
import { listObjects, listObjectsV2 } from "./listing";
import { listObjectVersions } from "./listing-versions";
import { abortMultipartUpload, createMultipartUpload } from "./multipart";
import { completeMultipartUpload } from "./multipart-complete";
import { listMultipartUploads, listParts } from "./multipart-listing";
import { uploadPart, uploadPartCopy } from "./multipart-parts";
import { getObjectAcl, putObjectAcl } from "./object-acl";
import { getObjectLegalHold, getObjectRetention, putObjectLegalHold, putObjectRetention } from "./object-lock";
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from "./object-tags";
import { putObject } from "./put";
import { updateObjectEncryption } from "./update-encryption";

/** S3's operations on objects; whatever is not here is answered as NotImplemented. */
export const objectOperations: Operations = {
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CopyObject: copyObject,
  CreateMultipartUpload: createMultipartUpload,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  DeleteObjectTagging: deleteObjectTagging,
  GetObject: getObject,
  GetObjectAcl: getObjectAcl,
  GetObjectAttributes: getObjectAttributes,
  GetObjectLegalHold: getObjectLegalHold,
  GetObjectRetention: getObjectRetention,
  GetObjectTagging: getObjectTagging,
  HeadObject: headObject,
  ListMultipartUploads: listMultipartUploads,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  ListParts: listParts,
  PutObject: putObject,
  PutObjectAcl: putObjectAcl,
  PutObjectLegalHold: putObjectLegalHold,
  PutObjectRetention: putObjectRetention,
  PutObjectTagging: putObjectTagging,
  RestoreObject: restoreObject,
  UpdateObjectEncryption: updateObjectEncryption,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
};
