import { type CustomerKey, lookWithKeys } from "./customer-keys";
import type { Answer, ObjectState } from "./object-store";
import { needsCustomerKey } from "./shapes";

/** The requests with which a store finds out about one object. */
export interface HeadRequests {
  /** HeadObject. */
  readonly look: (key?: CustomerKey) => Promise<Answer<ObjectState>>;
  /** GetObject of one byte. */
  readonly readFirstByte: () => Promise<Answer<void>>;
  readonly customerKeys: readonly CustomerKey[];
}

/** HEAD has no body to say why it is a 400, so one byte is asked for: the error of that says it. */
export async function head({ look, readFirstByte, customerKeys }: HeadRequests): Promise<Answer<ObjectState>> {
  const looked = await look();
  if (looked.is !== "refused") return looked;
  if (looked.status === 404) return { ...looked, code: "NoSuchKey" };
  if (looked.status !== 400) return looked;
  const read = await readFirstByte();
  if (read.is === "done") return look(); // an expired token was the reason, and by now there is another
  return needsCustomerKey(read) ? lookWithKeys(customerKeys, read, look) : read;
}
