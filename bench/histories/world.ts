import { type Credentials, createLocalAws, type LocalAws } from "../../local/aws";
import type { Bucket } from "../../local/s3/state";
import type { HttpResponse } from "../../local/service";
import { signed, type Unsigned } from "../signed";

export const ACCOUNT = "111111111111";
export const ORIGIN = "https://s3.us-east-1.amazonaws.com";

/** What of a bucket makes a difference to a race. */
export interface Traits {
  readonly versioning: "Disabled" | "Enabled" | "Suspended";
  readonly acls: boolean;
  readonly objectLock: boolean;
}

/** Two buckets alike: one is converted, and both hear the same of the application. */
export interface Twins {
  readonly traits: Traits;
  readonly real: Bucket;
  readonly twin: Bucket;
}

/** A local AWS with its own time, in which seconds pass between histories and milliseconds within. */
export interface World {
  readonly aws: LocalAws;
  readonly credentials: Credentials;
  readonly ownKeyArn: string;
  readonly otherKeyArn: string;
  now(): number;
  pass(milliseconds: number): void;
  /** By the application. */
  ask(request: Unsigned, service?: "s3" | "kms"): Promise<HttpResponse>;
  twins(traits: Traits): Promise<Twins>;
  /** Awaited inside every copy, between its reading and its committing. */
  insideCopy: () => Promise<void>;
}

export async function createWorld(): Promise<World> {
  let time = Date.UTC(2026, 10, 22);
  const now = (): number => time;
  const aws = createLocalAws({
    now,
    sleep: async (milliseconds) => world.pass(milliseconds),
    step: () => world.insideCopy(),
  });
  const credentials = aws.addAccount(ACCOUNT);
  const known = new Map<string, Promise<Twins>>();
  const ask: World["ask"] = (request, service = "s3") => {
    const origin = service === "s3" ? ORIGIN : "https://kms.us-east-1.amazonaws.com";
    return aws.handle(signed(origin, request, credentials, service, time));
  };
  const createKey = async (): Promise<string> => {
    const headers = { "x-amz-target": "TrentService.CreateKey", "content-type": "application/x-amz-json-1.1" };
    const answer = await ask({ method: "POST", path: "/", headers, body: "{}" }, "kms");
    return JSON.parse(Buffer.from(answer.body).toString()).KeyMetadata.Arn;
  };

  const createBucket = async (name: string, { versioning, acls, objectLock }: Traits): Promise<Bucket> => {
    const headers: Record<string, string> = acls ? { "x-amz-object-ownership": "ObjectWriter" } : {};
    if (objectLock) headers["x-amz-bucket-object-lock-enabled"] = "true";
    await done(ask({ method: "PUT", path: `/${name}`, headers }));
    if (versioning !== "Disabled" && !objectLock) {
      for (const status of versioning === "Enabled" ? ["Enabled"] : ["Enabled", "Suspended"]) {
        const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
        await done(ask({ method: "PUT", path: `/${name}`, query: "versioning=", body }));
      }
    }
    const bucket = aws.state.s3.buckets.get(name);
    if (!bucket) throw new Error(`${name} was not created`);
    // New buckets have had these since 2023 and 2026; old ones do not.
    bucket.settings.blockedEncryptionTypes = undefined;
    bucket.settings.publicAccessBlock = undefined;
    return bucket;
  };

  const createTwins = async (name: string, traits: Traits): Promise<Twins> => {
    const [real, twin] = await Promise.all([createBucket(name, traits), createBucket(`${name}-twin`, traits)]);
    return { traits, real, twin };
  };

  const world: World = {
    aws,
    credentials,
    ownKeyArn: await createKey(),
    otherKeyArn: await createKey(),
    now,
    pass: (milliseconds) => {
      time += milliseconds;
    },
    ask,
    twins: (traits) => {
      const { versioning, acls, objectLock } = traits;
      const name = ["b", versioning.toLowerCase(), acls ? "acls" : "no-acls", objectLock ? "lock" : "no-lock"].join(
        "-",
      );
      const twins = known.get(name) ?? createTwins(name, traits);
      known.set(name, twins);
      return twins;
    },
    insideCopy: async () => undefined,
  };
  return world;
}

/** @throws Error where the answer is no success */
export async function done(asked: Promise<HttpResponse>): Promise<HttpResponse> {
  const answer = await asked;
  if (answer.status >= 300) throw new Error(`${answer.status}: ${Buffer.from(answer.body).toString()}`);
  return answer;
}
