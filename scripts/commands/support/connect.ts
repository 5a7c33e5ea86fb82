import type { S3Client } from "@aws-sdk/client-s3";
import { readBucketTraits } from "../../../src/checks/bucket-traits";
import { assumedRole, type Caller, callerIdentity, stsClient } from "../../../src/checks/caller";
import { CouldNotLook } from "../../../src/checks/settings";
import { pacer, type Traffic } from "../../../src/reencrypt/pacing";
import type { BucketTraits } from "../../../src/reencrypt/plan";
import { s3Client } from "../../../src/s3/clients";
import { bucketEndpoint } from "../../../src/s3/lean/endpoint";
import { identity } from "../../../src/s3/lean/identity";
import { leanStore } from "../../../src/s3/lean/lean-store";
import { transport } from "../../../src/s3/lean/transport";
import type { ObjectStore } from "../../../src/s3/object-store";
import { sdkStore } from "../../../src/s3/sdk-store";
import { realClock } from "./clock";
import type { SweepOptions } from "./options";
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
  readonly storeOf: (bucket: string) => Promise<ObjectStore>;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

interface Session {
  readonly credentials?: ReturnType<typeof assumedRole>;
  readonly caller: Caller;
}

function openSts(configuration: Parameters<typeof stsClient>[0]): ReturnType<typeof stsClient> {
  try {
    return stsClient(configuration);
  } catch (error) {
    throw new Stop(`AWS could not be asked: ${messageOf(error)}`, "Check AWS_CA_BUNDLE.");
  }
}

/** Assumes the role, if one is named, and checks whose the credentials are before S3 is asked anything. */
export async function openSession({
  region,
  roleArn,
  account,
}: Pick<Work, "region" | "roleArn" | "account">): Promise<Session> {
  const credentials = roleArn === undefined ? undefined : assumedRole(openSts({ region }), roleArn);
  const caller = await callerIdentity(openSts({ region, credentials })).catch((error: unknown) => {
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

/** The way to any bucket of an account. Each object takes several requests at a time: parts, tags and ACL. */
function storesOf(client: S3Client, account: string, { concurrency, transport: kind }: SweepOptions) {
  if (kind === "sdk") {
    return async (bucket: string) => sdkStore({ client, bucket, expectedBucketOwner: account });
  }
  const { send } = transport({ connections: concurrency * 4 });
  const credentials = identity(client.config.credentials, realClock.now);
  return async (bucket: string) => {
    const endpoint = await bucketEndpoint(client, bucket);
    return leanStore({
      send,
      endpoint,
      identity: credentials,
      bucket,
      expectedBucketOwner: account,
      now: realClock.now,
    });
  };
}

/** Checks the caller and reads the bucket's settings. Changes nothing. @throws Stop */
export async function connect(work: Work, options: SweepOptions): Promise<Connection> {
  const { bucket, region, endpointUrl } = work;
  const { credentials, caller } = await openSession(work);
  const client = s3Client({ region, endpointUrl, credentials, concurrency: options.concurrency });
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
  const open = storesOf(client, account, options);
  const paced = pacer(options, realClock, traffic);
  const storeOf = async (name: string) => paced(await open(name));
  return { work, account, client, traits, traffic, store: await storeOf(bucket), storeOf };
}
