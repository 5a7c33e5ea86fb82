import type { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { readBucketTraits } from "../../../src/checks/bucket-traits";
import { assumedRole, type Caller, callerIdentity } from "../../../src/checks/caller";
import { CouldNotLook } from "../../../src/checks/settings";
import { type Limits, paced, type Traffic } from "../../../src/reencrypt/pacing";
import type { BucketTraits } from "../../../src/reencrypt/plan";
import { s3Client } from "../../../src/s3/clients";
import type { ObjectStore } from "../../../src/s3/object-store";
import { sdkStore } from "../../../src/s3/sdk-store";
import { realClock } from "./clock";
import { Stop } from "./stop";
import type { Work } from "./work";

export interface Connection {
  readonly work: Work;
  /** 12 digits: the caller's, and checked against the one that was named. */
  readonly account: string;
  readonly client: S3Client;
  readonly traits: BucketTraits;
  readonly traffic: Traffic;
  readonly store: ObjectStore;
  /** The same patience and the same limits, for another bucket of the account. */
  readonly storeOf: (bucket: string) => ObjectStore;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

interface Session {
  readonly credentials?: ReturnType<typeof assumedRole>;
  readonly caller: Caller;
}

/** Assumes the role, if one is named, and checks whose the credentials are before S3 is asked anything. */
export async function openSession({
  region,
  roleArn,
  account,
}: Pick<Work, "region" | "roleArn" | "account">): Promise<Session> {
  const credentials = roleArn === undefined ? undefined : assumedRole(new STSClient({ region }), roleArn);
  const caller = await callerIdentity(new STSClient({ region, credentials })).catch((error: unknown) => {
    const what =
      roleArn === undefined ? "The caller's account could not be found out" : `${roleArn} could not be assumed`;
    throw new Stop(`${what}: ${messageOf(error)}`, "Check the credentials (aws sts get-caller-identity shows them).");
  });
  if (account !== undefined && caller.account !== account) {
    throw new Stop(
      `The credentials are of account ${caller.account} (${caller.arn}), and the bucket is to be of ${account}. Nothing was changed.`,
      "Use credentials of that account, or name its role with --role-arn.",
    );
  }
  return { credentials, caller };
}

/** Checks the caller and reads the bucket's settings. Changes nothing. @throws Stop */
export async function connect(work: Work, concurrency: number, limits: Limits): Promise<Connection> {
  const { bucket, region, endpointUrl } = work;
  const { credentials, caller } = await openSession(work);
  const client = s3Client({ region, endpointUrl, credentials, concurrency });
  const account = caller.account;
  const traits = await readBucketTraits({ client, bucket, expectedBucketOwner: account }).catch((error: unknown) => {
    if (error instanceof CouldNotLook) throw new Stop(`${error.message}. Nothing was changed.`);
    throw new Stop(`s3://${bucket} could not be looked at: ${messageOf(error)}. Nothing was changed.`);
  });
  if (traits.objectLock && work.fleet && work.fleet.bucket.class !== "object-locked") {
    throw new Stop(
      `s3://${bucket} has Object Lock on, and the fleet does not say so: its role cannot see locks. Nothing was changed.`,
      "Set class: object-locked in the fleet, apply, and run at-rest outputs.",
    );
  }
  const traffic: Traffic = { requests: 0, throttled: 0 };
  const storeOf = (name: string) =>
    paced(sdkStore({ client, bucket: name, expectedBucketOwner: account }), limits, realClock, traffic);
  return { work, account, client, traits, traffic, store: storeOf(bucket), storeOf };
}
