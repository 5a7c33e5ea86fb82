import { createHash, createHmac } from "node:crypto";

/** Signature Version 4 as the S3 API Reference, "Authenticating Requests", describes it. Not the SDK's: cases sign what an SDK would not. */

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Scope {
  readonly credentials: Credentials;
  readonly region: string;
  readonly service: string;
  readonly at: Date;
}

export interface Signable {
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Names in lower case, `host` among them. */
  readonly headers: Readonly<Record<string, string>>;
}

export const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Uint8Array, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** As Signature Version 4 wants it: everything but A-Z a-z 0-9 - . _ ~ is encoded. */
export const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

export const encodePath = (path: string): string => path.split("/").map(encode).join("/");

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1);

export const queryString = (query: Readonly<Record<string, string>>): string =>
  Object.entries(query)
    .map(([name, value]): [string, string] => [encode(name), encode(value)])
    .sort(byName)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");

export const amzDate = (at: Date): string => at.toISOString().replace(/[-:]|\.\d+/g, "");
const scopeText = ({ region, service, at }: Scope): string =>
  `${amzDate(at).slice(0, 8)}/${region}/${service}/aws4_request`;

/** What signs in this scope; POST policies are signed with it directly. */
export const signingKey = ({ credentials, region, service, at }: Scope): Buffer =>
  [region, service, "aws4_request"].reduce(
    (key, part) => hmac(key, part),
    hmac(`AWS4${credentials.secretAccessKey}`, amzDate(at).slice(0, 8)),
  );

const signatureOf = (scope: Scope, algorithm: string, ...hashed: readonly string[]): string =>
  hmac(signingKey(scope), [algorithm, amzDate(scope.at), scopeText(scope), ...hashed].join("\n")).toString("hex");

function canonical(request: Signable, signed: readonly string[], payload: string): string {
  const headers = signed
    .map((name) => `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}\n`)
    .join("");
  return [request.method, request.path, queryString(request.query), headers, signed.join(";"), payload].join("\n");
}

/** The headers that sign the request. `payload` is the body's SHA-256 in hex, or one of S3's names for other bodies. */
export function signedHeaders(request: Signable, payload: string, scope: Scope): Record<string, string> {
  const { sessionToken, accessKeyId } = scope.credentials;
  const headers = {
    ...request.headers,
    "x-amz-date": amzDate(scope.at),
    "x-amz-content-sha256": payload,
    ...(sessionToken && { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const signature = signatureOf(scope, "AWS4-HMAC-SHA256", sha256(canonical({ ...request, headers }, names, payload)));
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

/** The query that signs the request, for `seconds`. */
export function presignedQuery(request: Signable, seconds: number | string, scope: Scope): Record<string, string> {
  const { sessionToken, accessKeyId } = scope.credentials;
  const names = Object.keys(request.headers).sort();
  const query = {
    ...request.query,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${accessKeyId}/${scopeText(scope)}`,
    "X-Amz-Date": amzDate(scope.at),
    "X-Amz-Expires": String(seconds),
    ...(sessionToken && { "X-Amz-Security-Token": sessionToken }),
    "X-Amz-SignedHeaders": names.join(";"),
  };
  const hashed = sha256(canonical({ ...request, query }, names, "UNSIGNED-PAYLOAD"));
  return { ...query, "X-Amz-Signature": signatureOf(scope, "AWS4-HMAC-SHA256", hashed) };
}

/** A body in signed chunks: S3 API Reference, "Transferring Payload in Multiple Chunks". */
export function signedChunks(chunks: readonly string[], seedSignature: string, scope: Scope): string {
  let previous = seedSignature;
  return [...chunks, ""]
    .map((chunk) => {
      previous = signatureOf(scope, "AWS4-HMAC-SHA256-PAYLOAD", previous, sha256(""), sha256(chunk));
      return `${Buffer.byteLength(chunk).toString(16)};chunk-signature=${previous}\r\n${chunk}\r\n`;
    })
    .join("");
}
