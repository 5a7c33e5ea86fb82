import type { Area } from "../case";
import { acls, objectOwnership } from "./acls";
import { bucketSettings, bucketsAndRegions } from "./buckets";
import { conditionalWrites } from "./conditional-writes";
import { copyInPlace } from "./copy-in-place";
import { customerKeys } from "./customer-keys";
import { deletions, locks } from "./deletions";
import { encryption } from "./encryption";
import { iamEntities } from "./iam-entities";
import { iamMatrix } from "./iam-matrix";
import { iamSimulations } from "./iam-simulations";
import { kmsCryptography } from "./kms-cryptography";
import { kmsGrants } from "./kms-grants";
import { kmsKeys } from "./kms-keys";
import { kmsPolicies } from "./kms-policies";
import { kmsRotationAndTags } from "./kms-rotation";
import { listings } from "./listings";
import { withMotoOfS3 } from "./moto-s3";
import { multipart, objectChecksums } from "./multipart";
import { keyPermissions, policies } from "./permissions";
import { presignedInDetail } from "./presigned";
import { keysAndMetadata, reads } from "./reads";
import { answersAndErrors, listing, presignedUrls, signing } from "./requests";
import { iamPermissions, stsSessions } from "./sts-sessions";
import { tagsOfAll } from "./tags";
import { updateEncryption } from "./update-encryption";
import { customerKeysInDetail, uploadsInDetail } from "./uploads";
import { objectLock, versions } from "./versions";

const ofKmsAndIam: readonly Area[] = [
  kmsKeys,
  kmsCryptography,
  kmsRotationAndTags,
  kmsPolicies,
  kmsGrants,
  iamEntities,
  iamPermissions,
  iamMatrix,
  iamSimulations,
  stsSessions,
];

export const areas: readonly Area[] = [
  ...withMotoOfS3([
    conditionalWrites,
    copyInPlace,
    encryption,
    customerKeys,
    updateEncryption,
    multipart,
    objectChecksums,
    policies,
    keyPermissions,
    versions,
    objectLock,
    presignedUrls,
    signing,
    answersAndErrors,
    listing,
    acls,
    objectOwnership,
    tagsOfAll,
    bucketsAndRegions,
    bucketSettings,
    listings,
    deletions,
    locks,
    reads,
    keysAndMetadata,
    uploadsInDetail,
    customerKeysInDetail,
    presignedInDetail,
  ]),
  ...ofKmsAndIam,
];
