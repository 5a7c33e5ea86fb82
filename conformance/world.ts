import { createHash, randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { BucketCannedACL, BucketLocationConstraint, ObjectOwnership } from "@aws-sdk/client-s3";
import { emptyAndDeleteBucket } from "./clean-up";
import { type Clients, clientsOf } from "./clients";
import { type HttpAnswer, send } from "./http";
import type { Server } from "./server";
import { type Credentials, encodePath, presignedQuery, queryString, sha256, signedChunks, signedHeaders } from "./sign";

export interface BucketOptions {
  readonly versioned?: boolean;
  /** Object Lock, and with it versions. */
  readonly locked?: boolean;
  readonly ownership?: ObjectOwnership;
  /** Without the block of public access that a new bucket has. */
  readonly open?: boolean;
  readonly acl?: BucketCannedACL;
  /** Customer keys are allowed, which new buckets may not do. */
  readonly customerKeys?: boolean;
}

export interface HttpRequest {
  /** @default "GET" */
  readonly method?: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Chunks to be sent one by one, each signed, instead of `body`. */
  readonly chunks?: readonly string[];
  /** @default the administrator; "nobody" signs nothing */
  readonly as?: Credentials | "nobody";
  /** What the signature says. */
  readonly signature?: { readonly at?: Date; readonly region?: string; readonly payload?: string };
  readonly overPlainHttp?: boolean;
  /** The bucket is in the host name, not in the path. */
  readonly virtualHost?: boolean;
}

/** What a case works with: clients, and things that are gone afterwards. */
export interface World extends Clients {
  readonly server: Server;
  readonly account: string;
  /** The second account's clients; a case that uses them needs "otherAccount". */
  readonly other: Clients;
  bucket(options?: BucketOptions): Promise<string>;
  /** A name that no bucket has; it is deleted afterwards if the case makes it. */
  bucketName(): string;
  /** The ARN of a customer managed key that all cases share: never changed. */
  key(which?: "first" | "second"): Promise<string>;
  /** The ARN of a key of this case only. */
  ownKey(policy?: object): Promise<string>;
  /** Clients of a new role of the account with this policy; a case that uses it needs "permissions". */
  role(statements: readonly object[], sessionPolicy?: object): Promise<Clients & { readonly arn: string }>;
  /** Sets a bucket policy and waits until it is in effect. */
  policy(bucket: string, ...statements: readonly object[]): Promise<void>;
  clients(credentials: Credentials): Clients;
  http(request: HttpRequest): Promise<HttpAnswer>;
  /** A presigned query for `request`, to be sent as it is or changed. */
  presigned(request: HttpRequest, seconds?: number | string): Record<string, string>;
}

/** Where requests go, and who sends them. */
export interface Sending {
  readonly server: Server;
  readonly clients: Clients;
  readonly other: Clients | undefined;
}

/** What all cases of a run share that send alike: over TLS, or as the server has it. */
export interface Shared extends Sending {
  readonly account: string;
  key(which: "first" | "second"): Promise<string>;
}

/** The headers of a customer key. */
export function customerKey(character: string): {
  SSECustomerAlgorithm: string;
  SSECustomerKey: string;
  SSECustomerKeyMD5: string;
} {
  const key = character.repeat(32);
  const md5 = createHash("md5").update(key).digest("base64");
  return {
    SSECustomerAlgorithm: "AES256",
    SSECustomerKey: Buffer.from(key).toString("base64"),
    SSECustomerKeyMD5: md5,
  };
}

/** By the key's id: others than AWS know no ARN here. */
export const deletionOf = (arn: string): { KeyId: string; PendingWindowInDays: number } => ({
  KeyId: arn.split("/").at(-1) ?? arn,
  PendingWindowInDays: 7,
});

const unique = (): string => randomBytes(6).toString("hex");

/** A world for one case, and what undoes it. */
export function createWorld(shared: Shared, prefix: string): { world: World; cleanUp(): Promise<void> } {
  const { server } = shared;
  const { s3, kms, sts, iam, credentials } = shared.clients;
  const undo: (() => Promise<unknown>)[] = [];
  const settle = (): Promise<void> => wait(server.settling);

  const clients = (of: Credentials): Clients => clientsOf(server, of, s3.config.requestHandler);

  const bucketName = (): string => {
    const name = `${prefix}${unique()}`;
    undo.push(() => emptyAndDeleteBucket(s3, name));
    return name;
  };

  const bucket = async (options: BucketOptions = {}): Promise<string> => {
    const Bucket = bucketName();
    const LocationConstraint = server.region as BucketLocationConstraint;
    await s3.createBucket({
      Bucket,
      ...(server.region !== "us-east-1" && { CreateBucketConfiguration: { LocationConstraint } }),
      ...(options.locked && { ObjectLockEnabledForBucket: true }),
      ...(options.ownership && { ObjectOwnership: options.ownership }),
    });
    if (options.versioned) await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Enabled" } });
    if (options.open) await s3.deletePublicAccessBlock({ Bucket });
    if (options.acl) await s3.putBucketAcl({ Bucket, ACL: options.acl });
    if (options.customerKeys) {
      await s3.putBucketEncryption({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
              BlockedEncryptionTypes: { EncryptionType: ["NONE"] },
            },
          ],
        },
      });
    }
    return Bucket;
  };

  const ownKey = async (policy?: object): Promise<string> => {
    const { KeyMetadata } = await kms.createKey({
      Description: prefix,
      ...(policy && { Policy: JSON.stringify(policy) }),
    });
    const KeyId = KeyMetadata?.Arn ?? "";
    undo.push(() => kms.scheduleKeyDeletion(deletionOf(KeyId)).catch(() => undefined));
    return KeyId;
  };

  const role = async (statements: readonly object[], sessionPolicy?: object): Promise<Clients & { arn: string }> => {
    const RoleName = `${prefix}${unique()}`;
    const trust = { Effect: "Allow", Principal: { AWS: shared.account }, Action: "sts:AssumeRole" };
    const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument: JSON.stringify(document([trust])) });
    undo.push(async () => {
      await iam.deleteRolePolicy({ RoleName, PolicyName: "only" });
      await iam.deleteRole({ RoleName });
    });
    const PolicyDocument = JSON.stringify(document(statements));
    await iam.putRolePolicy({ RoleName, PolicyName: "only", PolicyDocument });
    await settle();
    const arn = Role?.Arn ?? "";
    const { Credentials } = await sts.assumeRole({
      RoleArn: arn,
      RoleSessionName: "conformance",
      ...(sessionPolicy && { Policy: JSON.stringify(document([sessionPolicy])) }),
    });
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken } = Credentials ?? {};
    return {
      ...clients({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }),
      arn,
    };
  };

  const partsOf = (request: HttpRequest) => {
    const url = (request.overPlainHttp && server.plainUrl) || server.url;
    const key = request.key === undefined ? "" : `/${encodePath(request.key)}`;
    const { bucket, method = "GET", query = {}, headers = {} } = request;
    const inPath = bucket === undefined || request.virtualHost ? "" : `/${encodePath(bucket)}`;
    const host = request.virtualHost ? `${bucket}.s3.${server.region}.amazonaws.com` : url.replace(/^https?:\/\//, "");
    return { url, method, path: `${inPath}${key}` || "/", query, headers: { host, ...headers } };
  };
  const scopeOf = ({ as, signature }: HttpRequest) => ({
    credentials: as === undefined || as === "nobody" ? credentials : as,
    region: signature?.region ?? server.region,
    service: "s3",
    at: signature?.at ?? new Date(),
  });

  const http = (request: HttpRequest): Promise<HttpAnswer> => {
    const parts = partsOf(request);
    const address = `${parts.url}${parts.path}${Object.keys(parts.query).length > 0 ? `?${queryString(parts.query)}` : ""}`;
    const { method } = parts;
    if (request.as === "nobody") {
      return send(address, { method, headers: parts.headers, body: request.body, ca: server.ca });
    }
    const scope = scopeOf(request);
    if (!request.chunks) {
      const payload = request.signature?.payload ?? sha256(request.body ?? "");
      return send(address, {
        method,
        headers: signedHeaders(parts, payload, scope),
        body: request.body,
        ca: server.ca,
      });
    }
    const whole = String(Buffer.byteLength(request.chunks.join("")));
    const headers = { ...parts.headers, "content-encoding": "aws-chunked", "x-amz-decoded-content-length": whole };
    const signed = signedHeaders({ ...parts, headers }, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", scope);
    const seed = signed["authorization"]?.replace(/.*Signature=/, "") ?? "";
    return send(address, {
      method,
      headers: signed,
      body: request.body ?? signedChunks(request.chunks, seed, scope),
      ca: server.ca,
    });
  };

  const world: World = {
    ...shared.clients,
    server,
    account: shared.account,
    other: shared.other ?? shared.clients,
    bucket,
    bucketName,
    key: (which = "first") => shared.key(which),
    ownKey,
    role,
    clients,
    http,
    policy: async (Bucket, ...statements) => {
      await s3.putBucketPolicy({ Bucket, Policy: JSON.stringify(document(statements)) });
      await settle();
    },
    presigned: (request, seconds = 300) => presignedQuery(partsOf(request), seconds, scopeOf(request)),
  };
  const cleanUp = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };
  return { world, cleanUp };
}

const document = (statements: readonly object[]): object => ({ Version: "2012-10-17", Statement: statements });
