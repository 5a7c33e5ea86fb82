import { type Credentials, createLocalAws, type LocalAws, type LogEntry } from "../../local/aws";
import { canonicalUserId } from "../../local/s3/arns";
import type { HttpRequest, HttpResponse } from "../../local/service";
import { signed, type Unsigned } from "../signed";
import { isEncrypted, lostBetween, type Observation, observe } from "./audit";
import { account, bucketName, keyOf } from "./keys";
import type { Filling, Found, Goal } from "./protocol";
import { seededObject } from "./seed";

const partner = "444455556666";
const origin = "https://127.0.0.1";

export interface LocalBucket {
  readonly aws: LocalAws;
  readonly credentials: Credentials;
  readonly keyArn: string;
  /** Reads every object through the API and compares it with what it was. */
  look(goal: Goal): Promise<Omit<Found, "tell" | "cpuMicroseconds">>;
}

const changes = new Set<string | undefined>([
  "CopyObject",
  "UpdateObjectEncryption",
  "CompleteMultipartUpload",
  "PutObject",
]);

/** Counts requests, and keeps which objects were looked at after their last change. */
function watch() {
  const requests: Record<string, number> = {};
  const looked = new Set<string>();
  const see = ({ operation = "?", path, status }: LogEntry): void => {
    requests[operation] = (requests[operation] ?? 0) + 1;
    if (changes.has(operation)) looked.delete(path);
    else if (operation === "HeadObject" && status === 200) looked.add(path);
  };
  return { requests, looked, see };
}

/** A local AWS with one bucket of small objects, a share of which carry tags, metadata, ACLs, classes and redirects. */
export async function localBucket(objects: number, filling: Filling): Promise<LocalBucket> {
  let watched = watch();
  const aws = createLocalAws({
    log: (entry) => {
      if (entry.fault !== undefined) console.error(entry.fault);
      watched.see(entry);
    },
  });
  const credentials = aws.addAccount(account);
  aws.addAccount(partner);
  const ask = (unsigned: Unsigned, service?: string): Promise<HttpResponse> => {
    const request: HttpRequest = signed(origin, unsigned, credentials, service);
    return aws.handle(request);
  };
  const done = async (unsigned: Unsigned, service?: string): Promise<HttpResponse> => {
    const answer = await ask(unsigned, service);
    if (answer.status !== 200) throw new Error(Buffer.from(answer.body).toString());
    return answer;
  };

  const ownership = { "x-amz-object-ownership": "ObjectWriter" };
  await done({ method: "PUT", path: `/${bucketName}`, headers: ownership });
  const createKey = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "TrentService.CreateKey" };
  const created = await done({ method: "POST", path: "/", headers: createKey, body: "{}" }, "kms");
  const { KeyMetadata }: { KeyMetadata: { Arn: string } } = JSON.parse(Buffer.from(created.body).toString());
  const [owner, reader] = [canonicalUserId(account), canonicalUserId(partner)];
  for (let number = 0; number < objects; number += 1) {
    aws.seedObject({ ...seededObject(bucketName, number, owner, reader), encryption: filling });
  }

  const read = async (number: number, goal?: Goal): Promise<{ now: Observation; converted: boolean } | undefined> => {
    const path = `/${bucketName}/${keyOf(number)}`;
    const object = await ask({ method: "GET", path });
    if (object.status !== 200) return undefined;
    const tags = await done({ method: "GET", path, query: "tagging=" });
    const acl = await done({ method: "GET", path, query: "acl=" });
    const keyArn = goal === "aws:kms" ? KeyMetadata.Arn : undefined;
    return { now: observe(object, tags, acl), converted: goal !== undefined && isEncrypted(object, goal, keyArn) };
  };
  const before: Observation[] = [];
  for (let number = 0; number < objects; number += 1) {
    const seen = await read(number);
    if (!seen) throw new Error(`${keyOf(number)} is not there.`);
    before.push(seen.now);
  }
  watched = watch(); // what comes from here on is the client's

  return {
    aws,
    credentials,
    keyArn: KeyMetadata.Arn,
    look: async (goal) => {
      const { requests, looked } = watched;
      watched = watch();
      const lost: Record<string, number> = {};
      let [converted, readBack] = [0, 0];
      for (const [number, was] of before.entries()) {
        const seen = await read(number, goal);
        for (const aspect of lostBetween(was, seen?.now)) lost[aspect] = (lost[aspect] ?? 0) + 1;
        if (!seen?.converted) continue;
        converted += 1;
        if (looked.has(`/${bucketName}/${keyOf(number)}`)) readBack += 1;
      }
      return { requests, converted, readBack, lost };
    },
  };
}
