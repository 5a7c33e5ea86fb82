import { CouldNotLook } from "../../../src/checks/settings";
import { checkTargetKey, kmsClient } from "../../../src/checks/target-key";
import type { Engine } from "../../../src/reencrypt/decide";
import type { Connection } from "./connect";
import { Stop } from "./stop";

/** Whether the target's key can be used, before anything is put under it. @throws Stop */
export async function checkKey({ work, account, credentials }: Connection, engine: Engine): Promise<void> {
  const { region, target } = work;
  if (target.algorithm === "AES256") return;
  const updates = target.algorithm === "aws:kms" && engine !== "copy";
  const client = kmsClient({ region, credentials });
  try {
    await checkTargetKey(client, { keyArn: target.keyArn, region, account, updates });
  } catch (error) {
    if (error instanceof CouldNotLook) throw new Stop(`${error.message}. Nothing was changed.`);
    throw error;
  } finally {
    client.destroy();
  }
}
