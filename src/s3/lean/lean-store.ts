import { type Answer, CUSTOMER_KEY_NEEDED, type ObjectId, type ObjectState, type ObjectStore } from "../object-store";
import { answerOf } from "../sdk-answers";
import { needsCustomerKey } from "../shapes";
import * as answers from "./answers";
import type { HttpResponse } from "./http";
import * as requests from "./requests";
import { type SignedSendProps, signedSend } from "./signed-send";

export interface LeanStoreProps extends SignedSendProps {
  readonly bucket: string;
}

/** The ObjectStore without an SDK in between: each request costs a twentieth of the SDK's processor time. */
export function leanStore(props: LeanStoreProps): ObjectStore {
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

  const look = (id: ObjectId): Promise<Answer<ObjectState>> =>
    ask(requests.headObject(id), (response) => answers.headed(id.key, response));

  /** HEAD has no body to say why it is a 400, so one byte is asked for: the error of that says it. */
  const whyBadRequest = async (id: ObjectId): Promise<Answer<ObjectState>> => {
    const read = await ask(requests.getFirstByte(id), answers.emptyAnswer);
    if (read.is === "done") return look(id); // an expired token was the reason, and by now there is another
    return needsCustomerKey(read) ? { ...read, code: CUSTOMER_KEY_NEEDED } : read;
  };

  return {
    list: (request) => ask(requests.listObjectsV2(request), answers.listed),
    listVersions: (request) => ask(requests.listObjectVersions(request), answers.listedVersions),
    head: async (request) => {
      const looked = await look(request);
      if (looked.is !== "refused") return looked;
      if (looked.status === 404) return { ...looked, code: "NoSuchKey" };
      return looked.status === 400 ? whyBadRequest(request) : looked;
    },
    getTags: (id) => ask(requests.getObjectTagging(id), answers.tagged),
    getAcl: (id) => ask(requests.getObjectAcl(id), answers.acl),
    copy: (request) => ask(requests.copyObject(request, props), answers.copied),
    updateEncryption: (request) => ask(requests.updateObjectEncryption(request), answers.emptyAnswer),
    createUpload: (request) => ask(requests.createMultipartUpload(request), answers.createdUpload),
    copyPart: (request) =>
      ask(requests.uploadPartCopy(request, props), (response) => answers.copiedPart(request.number, response)),
    completeUpload: (request) => ask(requests.completeMultipartUpload(request), answers.completedUpload),
    abortUpload: (id) => ask(requests.abortMultipartUpload(id), answers.emptyAnswer),
  };
}
