import { CouldNotLook } from "../../../src/checks/settings";
import { readDefaultEncryption } from "../../../src/checks/snapshot";
import { isDefaultOf } from "../../../src/fleet/record-target";
import type { Connection } from "./connect";

/**
 * What to say of a fleet's bucket whose new objects come under another encryption than existing ones are brought to, as
 * before stage encrypt is applied. Nothing of a bucket by hand, nor where the default may not be looked at: a run needs no
 * permission for that.
 */
export async function otherDefault({ client, account, work }: Connection): Promise<string[]> {
  const { bucket, target, fleet } = work;
  if (!fleet) return [];
  try {
    const found = await readDefaultEncryption({ client, bucket, expectedBucketOwner: account });
    if (isDefaultOf(found, target)) return [];
    const under = found.algorithm === "AES256" ? "" : ` under ${found.keyArn ?? "aws/s3"}`;
    const way =
      fleet.bucket.defaultEncryption === "own" ? `stage ${fleet.bucket.stage} is applied` : "its owner changes it";
    return [`  but     new objects are not: the bucket's default is ${found.algorithm}${under} until ${way}`];
  } catch (error) {
    if (error instanceof CouldNotLook) return [];
    throw error;
  }
}
