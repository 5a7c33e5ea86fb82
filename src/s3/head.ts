import { type CustomerKey, lookWithKeys } from "./customer-keys";
import type { Answer, HeadRequest, ObjectState } from "./object-store";
import { needsCustomerKey } from "./shapes";

/** The requests with which a store finds out about an object. */
export interface HeadRequests {
  /** HeadObject. */
  readonly look: (request: HeadRequest, key?: CustomerKey) => Promise<Answer<ObjectState>>;
  /** GetObject of one byte. */
  readonly readFirstByte: (request: HeadRequest) => Promise<Answer<void>>;
  readonly customerKeys: readonly CustomerKey[];
}

/** HEAD has no body to say why it is a 400, so one byte is asked for: the error of that says it. */
export const head =
  ({ look, readFirstByte, customerKeys }: HeadRequests) =>
  async (request: HeadRequest): Promise<Answer<ObjectState>> => {
    const looked = await look(request);
    if (looked.is !== "refused") return looked;
    if (looked.status === 404) return { ...looked, code: "NoSuchKey" };
    if (looked.status !== 400) return looked;
    const read = await readFirstByte(request);
    if (read.is === "done") return look(request); // an expired token was the reason, and by now there is another
    return needsCustomerKey(read) ? lookWithKeys(customerKeys, read, (key) => look(request, key)) : read;
  };
