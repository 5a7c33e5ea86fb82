import { DescribeKeyCommand, KMSClient, type KMSClientConfig } from "@aws-sdk/client-kms";
import { CouldNotLook, codeOf, toldBySdk } from "./settings";
import { forSettings } from "./settings-client";

/** @throws Error where AWS_CA_BUNDLE cannot be read */
export const kmsClient = (configuration: Pick<KMSClientConfig, "region" | "credentials">): KMSClient =>
  new KMSClient(forSettings(configuration));

/** What has to hold of a key before objects are put under it. */
export interface KeyDemand {
  /** Full key ARN. */
  readonly keyArn: string;
  /** The bucket's. */
  readonly region: string;
  /** The bucket's: 12 digits. */
  readonly account: string;
  /** Whether UpdateObjectEncryption may be used, which takes keys of the bucket's account only. */
  readonly updates: boolean;
}

/** Which of it can be seen without asking: why not, or nothing. */
export function whyNotThisKey({ keyArn, region, account, updates }: KeyDemand): string | undefined {
  const [, , , keyRegion, keyAccount] = keyArn.split(":");
  if (keyRegion !== region)
    return `${keyArn} is in ${keyRegion}, and the bucket in ${region}: S3 uses keys of its own region only`;
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/update-sse-encryption.html
  if (updates && keyAccount !== account) {
    return `${keyArn} is of account ${keyAccount}, and the bucket of ${account}: UpdateObjectEncryption takes keys of the bucket's account only (--engine copy takes others too)`;
  }
  return undefined;
}

/**
 * Asks KMS for the key that objects are going to be under.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
 *
 * @throws CouldNotLook if it is not there, cannot be used, is of the wrong kind, or may not be looked at
 */
export async function checkTargetKey(client: KMSClient, demand: KeyDemand): Promise<void> {
  const { keyArn } = demand;
  const why = whyNotThisKey(demand);
  if (why !== undefined) throw new CouldNotLook(why);
  const { KeyMetadata: key } = await client.send(new DescribeKeyCommand({ KeyId: keyArn })).catch((error: unknown) => {
    const name = codeOf(error);
    if (name === "NotFoundException") throw new CouldNotLook(`${keyArn} is not there`);
    if (name === "AccessDeniedException") {
      throw new CouldNotLook(`${keyArn}: kms:DescribeKey is denied to this caller, by its own policies or the key's`);
    }
    throw new CouldNotLook(`${keyArn}: ${toldBySdk(error)}`);
  });
  if (key?.KeyState === "PendingDeletion") {
    const when = key.DeletionDate ? ` on ${key.DeletionDate.toISOString().slice(0, 10)}` : "";
    throw new CouldNotLook(`${keyArn} is pending deletion: it is deleted${when}, and what is under it is lost with it`);
  }
  if (key?.KeyState !== "Enabled")
    throw new CouldNotLook(`${keyArn} cannot be used: it is ${key?.KeyState ?? "in no state"}`);
  if (key.KeyUsage !== "ENCRYPT_DECRYPT" || key.KeySpec !== "SYMMETRIC_DEFAULT") {
    throw new CouldNotLook(`${keyArn} is ${key.KeySpec} for ${key.KeyUsage}: S3 takes symmetric encryption keys only`);
  }
}
