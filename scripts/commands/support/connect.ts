import { randomUUID } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { readBucketTraits } from "../../../src/checks/bucket-traits";
import { assumedRole, type Caller, callerIdentity, stsClient } from "../../../src/checks/caller";
import { firstLook } from "../../../src/checks/first-look";
import { CouldNotLook, codeOf, notedBySdk, toldBySdk } from "../../../src/checks/settings";
import { type FoundLimits, pacer, type Traffic } from "../../../src/reencrypt/pacing";
import type { BucketTraits } from "../../../src/reencrypt/plan";
import { Sightings } from "../../../src/reencrypt/sightings";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../../src/s3/clients";
import type { CustomerKey } from "../../../src/s3/customer-keys";
import { bucketEndpoint } from "../../../src/s3/lean/endpoint";
import { identity } from "../../../src/s3/lean/identity";
import { leanStore } from "../../../src/s3/lean/lean-store";
import { transport } from "../../../src/s3/lean/transport";
import type { ObjectStore } from "../../../src/s3/object-store";
import { sdkStore } from "../../../src/s3/sdk-store";
import { realClock } from "./clock";
import { readCustomerKeys } from "./customer-keys";
import type { SweepOptions } from "./options";
import { Stop } from "./stop";
import type { Work } from "./work";

export interface Connection {
  readonly work: Work;
  /** 12 digits: the caller's, and checked against the one that was named. */
  readonly account: string;
  /** For what is asked of a bucket rather than of its objects: it asks again by itself. */
  readonly client: S3Client;
  /** Of the role that was assumed. @default the SDK's chain */
  readonly credentials?: Session["credentials"];
  /** For objects under SSE-C. */
  readonly customerKeys: readonly CustomerKey[];
  readonly traits: BucketTraits;
  readonly traffic: Traffic;
  readonly store: ObjectStore;
  /** What S3 shows of the objects that are visited, for the report. */
  readonly sightings: Sightings;
  /** What the pacing has found out so far. */
  readonly limits: () => FoundLimits;
  /** The same patience and the same limits, for another bucket of the account. */
  readonly storeOf: (bucket: string) => Promise<ObjectStore>;
}

/** A key that no object has, among those that the caller is to work on. */
export const probeKey = (prefix = ""): string => `${prefix}at-rest-probe-${randomUUID()}`;

interface Session {
  readonly credentials?: ReturnType<typeof assumedRole>;
  readonly caller: Caller;
}

function openSts(configuration: Parameters<typeof stsClient>[0]): ReturnType<typeof stsClient> {
  try {
    return stsClient(configuration);
  } catch (error) {
    throw new Stop(`AWS could not be asked: ${toldBySdk(error)}`, "Check AWS_CA_BUNDLE.");
  }
}

/** What to look at where STS did not let anybody in. */
function remedyFor(error: unknown, roleArn: string | undefined): string {
  const answered = notedBySdk(error, "httpStatusCode") !== undefined;
  if (answered && codeOf(error) === "AccessDenied" && roleArn !== undefined)
    return "Let the caller assume it: in its trust policy, or as one of operators in the fleet.";
  if (answered || codeOf(error) === "CredentialsProviderError")
    return "Check the credentials (aws sts get-caller-identity shows them).";
  return "Check the way to AWS: AWS_ENDPOINT_URL, HTTPS_PROXY and AWS_CA_BUNDLE.";
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
    throw new Stop(`${what}: ${toldBySdk(error)}`, remedyFor(error, roleArn));
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
function storesOf(
  client: S3Client,
  account: string,
  customerKeys: readonly CustomerKey[],
  { concurrency, transport: kind }: SweepOptions,
) {
  if (kind === "sdk") {
    return async (bucket: string) => sdkStore({ client, bucket, expectedBucketOwner: account, customerKeys });
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
      customerKeys,
      now: realClock.now,
    });
  };
}

/** S3 refuses customer keys over plain HTTP, and by then they have been sent. */
async function refuseToSendKeysInClear(client: S3Client, bucket: string): Promise<void> {
  const { origin } = await bucketEndpoint(client, bucket);
  if (origin.startsWith("https:")) return;
  throw new Stop(`Customer keys are not sent over plain HTTP, and ${origin} is. Nothing was changed.`, "Use HTTPS.");
}

const notLooked = (bucket: string, error: unknown): Stop =>
  new Stop(
    error instanceof CouldNotLook
      ? `${error.message}. Nothing was changed.`
      : `s3://${bucket} could not be looked at: ${toldBySdk(error)}. Nothing was changed.`,
  );

/** Checks the caller, whether there is such a bucket, and reads its settings. Changes nothing. @throws Stop */
export async function connect(work: Work, options: SweepOptions): Promise<Connection> {
  const { bucket, region, endpointUrl } = work;
  const { prefix } = options;
  const customerKeys = readCustomerKeys(options.customerKeyFile);
  const { credentials, caller } = await openSession(work);
  const client = s3Client({ region, endpointUrl, credentials, concurrency: 1, attempts: ATTEMPTS_OF_SETTINGS });
  const account = caller.account;
  if (customerKeys.length > 0) await refuseToSendKeysInClear(client, bucket);
  const once = s3Client({ region, endpointUrl, credentials, concurrency: options.concurrency });
  const open = storesOf(once, account, customerKeys, options);
  const look = async () => {
    const unpaced = await open(bucket);
    await firstLook({ store: unpaced, bucket, account, prefix, probeKey: probeKey(prefix), clock: realClock });
    return { unpaced, traits: await readBucketTraits({ client, bucket, expectedBucketOwner: account }) };
  };
  const { unpaced, traits } = await look().catch((error: unknown) => {
    throw notLooked(bucket, error);
  });
  if (traits.objectLock && work.fleet && work.fleet.bucket.class !== "object-locked") {
    throw new Stop(
      `s3://${bucket} has Object Lock on, and the fleet does not say so: its role cannot see locks. Nothing was changed.`,
      "Set class: object-locked in the fleet, apply, and run at-rest outputs.",
    );
  }
  const traffic: Traffic = { requests: 0, throttled: 0 };
  const paced = pacer(options, realClock, traffic);
  const storeOf = async (name: string) => paced(await open(name));
  const store = paced(unpaced);
  const sightings = new Sightings(realClock);
  const watched = { store: sightings.watching(store), sightings, limits: store.limits };
  return { work, account, client, credentials, customerKeys, traits, traffic, ...watched, storeOf };
}
