import { describe, type ObjectOutcome } from "../../reencrypt/outcome";
import type { Visit } from "../../reencrypt/sweep";
import { CUSTOMER_KEY_NEEDED, type ObjectStore } from "../../s3/object-store";

/** Says of each object whether it is under a key. Changes nothing, and needs no use of the key. */
export const keyUsage =
  (store: ObjectStore, keyArn: string): Visit =>
  async (id): Promise<ObjectOutcome> => {
    const seen = await store.head(id);
    if (seen.is === "done") {
      const { encryption } = seen.value;
      const under = "keyArn" in encryption && encryption.keyArn === keyArn;
      return { ...id, outcome: under ? "underKey" : "notUnderKey" };
    }
    // SSE-C takes no key of KMS.
    if (seen.is === "refused" && seen.code === CUSTOMER_KEY_NEEDED) return { ...id, outcome: "notUnderKey" };
    // A 405 is a delete marker, which has become current since it was listed.
    if (seen.is === "refused" && (seen.status === 404 || seen.status === 405)) return { ...id, outcome: "gone" };
    return { ...id, outcome: "failed", message: `could not be looked at: ${describe(seen)}` };
  };
