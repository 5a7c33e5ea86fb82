import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { AwsError } from "../service";
import { canonicalRequest } from "./canonical-request";
import type { ChunkSigner } from "./chunked";
import type { Target } from "./target";

/** What a Signature Version 4 says of itself, before anybody checked it. */
export interface Signature {
  readonly type: "header" | "query";
  readonly accessKeyId: string;
  readonly sessionToken?: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `20261122T000000Z`. */
  readonly date: string;
  /** Milliseconds since the epoch. */
  readonly signedAt: number;
  /** Of a presigned request, in seconds. */
  readonly expiresIn?: number;
}

export const algorithm = "AWS4-HMAC-SHA256";
const longestPresignedSeconds = 604_800;
const longestSkew = 15 * 60_000;

const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();

const malformedHeader = (what: string, fields: Record<string, string> = {}): AwsError =>
  new AwsError("AuthorizationHeaderMalformed", 400, `The authorization header is malformed; ${what}`, fields);
const malformedQuery = (message: string): AwsError => new AwsError("AuthorizationQueryParametersError", 400, message);

/** The signature that a request carries; undefined for an anonymous one. Throws AwsError with S3's codes. */
export function readSignature(target: Target): Signature | undefined {
  const { headers, query } = target;
  const authorization = headers["authorization"];
  const inQuery = query.has("X-Amz-Algorithm") || query.has("X-Amz-Signature");
  if (authorization !== undefined && inQuery) {
    throw new AwsError(
      "InvalidArgument",
      400,
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
    );
  }
  const signature =
    authorization !== undefined ? fromHeader(authorization, headers) : inQuery ? fromQuery(query) : undefined;
  if (!signature && query.has("AWSAccessKeyId") && query.has("Signature")) throw onlyVersion4();
  if (signature) checkRegion(signature, target.region);
  return signature;
}

/** This server is every region's endpoint, unless the host name says which; but not that of a region that is none. */
function checkRegion({ type, region }: Signature, endpoint: string | undefined): void {
  const expected = endpoint ?? (/^[a-z]{2}(-[a-z]+)+-\d$/.test(region) ? region : "us-east-1");
  if (region === expected) return;
  const wrong = `the region '${region}' is wrong; expecting '${expected}'`;
  throw type === "header"
    ? malformedHeader(wrong, { Region: expected })
    : malformedQuery(`Error parsing the X-Amz-Credential parameter; ${wrong}`);
}

const onlyVersion4 = (): AwsError =>
  new AwsError(
    "InvalidRequest",
    400,
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
  );

/** `Credential=…, SignedHeaders=…, Signature=…`, without a pattern: one that trims can be made to take seconds. */
function partsOf(text: string): Readonly<Record<string, string | undefined>> {
  const parts: Record<string, string> = {};
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    if (equals > 0) parts[part.slice(0, equals).trim()] = part.slice(equals + 1).trim();
  }
  return parts;
}

function fromHeader(authorization: string, headers: Target["headers"]): Signature {
  if (/^AWS /.test(authorization)) throw onlyVersion4();
  if (!authorization.startsWith(algorithm)) {
    throw new AwsError("InvalidArgument", 400, "Unsupported Authorization Type", { ArgumentName: "Authorization" });
  }
  const { Credential, SignedHeaders, Signature } = partsOf(authorization.slice(algorithm.length));
  if (!Credential || !SignedHeaders || !Signature) {
    throw malformedHeader(
      "the authorization header requires three components: Credential, SignedHeaders, and Signature.",
    );
  }
  const scope = scopeOf(Credential);
  if (!scope)
    throw malformedHeader(
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  const date = headers["x-amz-date"] ?? isoBasic(headers["date"]);
  const signedAt = timeOf(date);
  if (date === undefined || signedAt === undefined) {
    throw new AwsError("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header");
  }
  if (!date.startsWith(scope.day)) {
    throw malformedHeader(
      `Invalid credential date "${scope.day}". This date is not the same as X-Amz-Date: "${date.slice(0, 8)}".`,
    );
  }
  const sessionToken = headers["x-amz-security-token"];
  return {
    type: "header",
    ...scope,
    signedHeaders: SignedHeaders.split(";"),
    signature: Signature,
    date,
    signedAt,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
}

function fromQuery(query: URLSearchParams): Signature {
  const [used, credential, date, expires, signedHeaders, signature] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
  ].map((name) => query.get(name));
  if (!used || !credential || !date || !expires || !signedHeaders || !signature) {
    throw malformedQuery(
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
  }
  if (used !== algorithm)
    throw malformedQuery('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"');
  const scope = scopeOf(credential);
  if (!scope) {
    throw malformedQuery(
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  const signedAt = timeOf(date);
  if (signedAt === undefined)
    throw malformedQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  if (!date.startsWith(scope.day)) throw malformedQuery("Invalid credential date: it is not the same as X-Amz-Date.");
  const expiresIn = Number(expires);
  if (!Number.isInteger(expiresIn)) throw malformedQuery("X-Amz-Expires should be a number");
  if (expiresIn < 0) throw malformedQuery("X-Amz-Expires must be non-negative");
  if (expiresIn > longestPresignedSeconds) {
    throw malformedQuery(
      "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
    );
  }
  const sessionToken = query.get("X-Amz-Security-Token");
  return {
    type: "query",
    ...scope,
    signedHeaders: signedHeaders.split(";"),
    signature,
    date,
    signedAt,
    expiresIn,
    ...(sessionToken === null ? {} : { sessionToken }),
  };
}

function scopeOf(credential: string): Pick<Signature, "accessKeyId" | "day" | "region" | "service"> | undefined {
  const [accessKeyId, day, region, service, end, ...more] = credential.split("/");
  if (!accessKeyId || !day || !region || !service || end !== "aws4_request" || more.length > 0) return undefined;
  return { accessKeyId, day, region, service };
}

const isoBasic = (httpDate: string | undefined): string | undefined => {
  const time = Date.parse(httpDate ?? "");
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
};

const timeOf = (date: string | undefined): number | undefined => {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? "") ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
};

/** Refuses a signature from another time: more than 15 minutes off, or presigned and past its end. Throws AwsError. */
export function checkTime(signature: Signature, now: number): void {
  const serverTime = (): string => new Date(now).toISOString();
  const { signedAt, expiresIn } = signature;
  if (expiresIn !== undefined && now > signedAt + expiresIn * 1000) {
    throw new AwsError("AccessDenied", 403, "Request has expired", {
      "X-Amz-Expires": expiresIn,
      Expires: new Date(signedAt + expiresIn * 1000).toISOString(),
      ServerTime: serverTime(),
    });
  }
  if (expiresIn === undefined ? Math.abs(now - signedAt) > longestSkew : signedAt - now > longestSkew) {
    throw new AwsError(
      "RequestTimeTooSkewed",
      403,
      "The difference between the request time and the current time is too large.",
      { RequestTime: signature.date, ServerTime: serverTime(), MaxAllowedSkewMilliseconds: longestSkew },
    );
  }
}

const scopeText = ({ day, region, service }: Signature): string => `${day}/${region}/${service}/aws4_request`;

const signingKeys = new Map<string, Buffer>();
const signingKeysLimit = 1_000;

/** Four HMACs, which are the same all day for one key, region and service. None of the last three holds a slash. */
function signingKey(secret: string, { day, region, service }: Signature): Buffer {
  const name = `${secret}/${day}/${region}/${service}`;
  const known = signingKeys.get(name);
  if (known) return known;
  if (signingKeys.size >= signingKeysLimit) signingKeys.clear();
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), "aws4_request");
  signingKeys.set(name, key);
  return key;
}

/** Refuses a request that this secret did not sign, or that carries `x-amz-` headers that nobody signed. Throws AwsError. */
export function checkSignature(target: Target, signature: Signature, secret: string, payloadHash: string): void {
  const unsigned: string[] = [];
  for (const name in target.headers) {
    if (name.startsWith("x-amz-") && !signature.signedHeaders.includes(name)) unsigned.push(name);
  }
  if (signature.service === "s3" && unsigned.length > 0) {
    const message = "There were headers present in the request which were not signed";
    throw new AwsError("AccessDenied", 403, message, { HeadersNotSigned: unsigned.join(", ") });
  }
  const canonical = canonicalRequest(target, signature, payloadHash);
  const text = [algorithm, signature.date, scopeText(signature), sha256(canonical)].join("\n");
  const right = hmac(signingKey(secret, signature), text);
  const given = Buffer.from(signature.signature, "hex");
  if (signature.signedHeaders.includes("host") && given.length === right.length && timingSafeEqual(given, right))
    return;
  throw new AwsError(
    "SignatureDoesNotMatch",
    403,
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    {
      AWSAccessKeyId: signature.accessKeyId,
      StringToSign: text,
      SignatureProvided: signature.signature,
      StringToSignBytes: bytesOf(text),
      CanonicalRequest: canonical,
      CanonicalRequestBytes: bytesOf(canonical),
    },
  );
}

const bytesOf = (text: string): string => (Buffer.from(text).toString("hex").match(/../g) ?? []).join(" ");

/** What signs the chunks of a body that follows a signed request. */
export function chunkSigner(signature: Signature, secret: string): ChunkSigner {
  const key = signingKey(secret, signature);
  const sign = (kind: string, previous: string, ...hashes: string[]): string =>
    hmac(key, [`${algorithm}-${kind}`, signature.date, scopeText(signature), previous, ...hashes].join("\n")).toString(
      "hex",
    );
  return {
    chunk: (data, previous) => sign("PAYLOAD", previous, sha256(""), sha256(data)),
    trailer: (text, previous) => sign("TRAILER", previous, sha256(text)),
  };
}
