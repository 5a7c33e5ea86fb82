import type { CustomerKey } from "../customer-keys";
import { head } from "../head";
import type { Answer, HeadRequest, ObjectState, ObjectStore } from "../object-store";
import { answerOf } from "../sdk-answers";
import * as answers from "./answers";
import type { HttpResponse } from "./http";
import * as requests from "./requests";
import { type SignedSendProps, signedSend } from "./signed-send";

export interface LeanStoreProps extends SignedSendProps {
  readonly bucket: string;
  /** For objects under SSE-C. @default none */
  readonly customerKeys?: readonly CustomerKey[];
}

/** The ObjectStore without an SDK in between: each request costs a twentieth of the SDK's processor time. */
export function leanStore(props: LeanStoreProps): ObjectStore {
  const { customerKeys = [] } = props;
  const sendSigned = signedSend(props);

  const ask = async <T>(
    operation: requests.Operation,
    read: (response: HttpResponse) => Answer<T>,
  ): Promise<Answer<T>> => {
    try {
      return read(await sendSigned(operation));
    } catch (error) {
      return answerOf(error);
    }
  };

  const look = (request: HeadRequest, key?: CustomerKey): Promise<Answer<ObjectState>> =>
    ask(requests.headObject(request, key), (response) => answers.headed(request.key, response));

  return {
    list: (request) => ask(requests.listObjectsV2(request), answers.listed),
    listVersions: (request) => ask(requests.listObjectVersions(request), answers.listedVersions),
    listUploads: (request) => ask(requests.listMultipartUploads(request), answers.listedUploads),
    head: head({
      look,
      readFirstByte: (request) => ask(requests.getFirstByte(request), answers.emptyAnswer),
      customerKeys,
    }),
    getTags: (id) => ask(requests.getObjectTagging(id), answers.tagged),
    getAcl: (id) => ask(requests.getObjectAcl(id), answers.acl),
    hasAnnotations: (id) => ask(requests.listObjectAnnotations(id), answers.annotated),
    copy: (request) => ask(requests.copyObject(request, props), answers.copied),
    updateEncryption: (request) => ask(requests.updateObjectEncryption(request), answers.emptyAnswer),
    createUpload: (request) => ask(requests.createMultipartUpload(request), answers.createdUpload),
    copyPart: (request) =>
      ask(requests.uploadPartCopy(request, props), (response) => answers.copiedPart(request.number, response)),
    completeUpload: (request) => ask(requests.completeMultipartUpload(request), answers.completedUpload),
    abortUpload: (id) => ask(requests.abortMultipartUpload(id), answers.emptyAnswer),
  };
}
