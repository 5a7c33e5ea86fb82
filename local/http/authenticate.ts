import { createHash } from "node:crypto";
import { AwsError, type Caller, type Context } from "../service";
import { type Unchunked, unchunk } from "./chunked";
import { checkSignature, checkTime, chunkSigner, type Signature } from "./signature";
import type { Target } from "./target";

export interface KnownKey {
  readonly secretAccessKey: string;
  readonly caller: Caller;
}

export interface Authenticated {
  readonly caller: Caller;
  readonly signature: Context["signature"];
  /** With the body as it was meant, and with what a presigned query or a trailer says as headers. */
  readonly target: Target;
}

const unsignedPayload = "UNSIGNED-PAYLOAD";
const unsignedChunks = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const signedChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

const sha256OfNothing = createHash("sha256").digest("hex");
const sha256 = (bytes: Uint8Array): string =>
  bytes.length === 0 ? sha256OfNothing : createHash("sha256").update(bytes).digest("hex");

/**
 * Proves who sent a request, and that nobody changed it on the way. Without a signature the caller is anonymous.
 *
 * @param findKey throws AwsError where the key or its session token is none
 * @throws AwsError with S3's codes: SignatureDoesNotMatch, RequestTimeTooSkewed, XAmzContentSHA256Mismatch, ...
 */
export function authenticate(
  target: Target,
  signature: Signature | undefined,
  now: number,
  findKey: (signature: Signature) => KnownKey,
): Authenticated {
  if (!signature) {
    return { caller: { is: "anonymous" }, signature: { type: "none" }, target: withPlainBody(target, {}) };
  }
  const { secretAccessKey, caller } = findKey(signature);
  const hash = payloadHash(target, signature);
  checkSignature(target, signature, secretAccessKey, hash);
  checkTime(signature, now);
  const { type } = signature;
  return {
    caller,
    signature: { type, ageMilliseconds: now - signature.signedAt },
    target: withPlainBody(type === "query" ? withQueryAsHeaders(target) : target, { signature, secretAccessKey, hash }),
  };
}

function payloadHash({ headers, query, body }: Target, { service, type }: Signature): string {
  if (service !== "s3") return sha256(body);
  const said = headers["x-amz-content-sha256"] ?? query.get("X-Amz-Content-Sha256") ?? undefined;
  if (said !== undefined) return said;
  if (type === "query") return unsignedPayload;
  throw new AwsError("InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256");
}

/** Presigners may put `x-amz-acl` and the like into the query, where they mean the same. */
function withQueryAsHeaders(target: Target): Target {
  const hoisted = [...target.query]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name.startsWith("x-amz-") && target.headers[name] === undefined);
  return { ...target, headers: { ...Object.fromEntries(hoisted), ...target.headers } };
}

interface Proof {
  readonly signature?: Signature;
  readonly secretAccessKey?: string;
  readonly hash?: string;
}

function withPlainBody(target: Target, { signature, secretAccessKey, hash }: Proof): Target {
  const said = hash ?? target.headers["x-amz-content-sha256"] ?? unsignedPayload;
  if (said === unsignedPayload) return target;
  const hasTrailer = said.endsWith("-TRAILER");
  if (said === unsignedChunks) return unchunked(target, hasTrailer);
  if (said === signedChunks || said === `${signedChunks}-TRAILER`) {
    if (!signature || secretAccessKey === undefined) throw invalidHash(said);
    return unchunked(target, hasTrailer, {
      signer: chunkSigner(signature, secretAccessKey),
      seed: signature.signature,
    });
  }
  if (!/^[0-9a-f]{64}$/i.test(said)) throw invalidHash(said);
  const computed = sha256(target.body);
  if (computed === said.toLowerCase()) return target;
  throw new AwsError(
    "XAmzContentSHA256Mismatch",
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { ClientComputedContentSHA256: said, S3ComputedContentSHA256: computed },
  );
}

const invalidHash = (said: string): AwsError =>
  new AwsError(
    "InvalidArgument",
    400,
    `x-amz-content-sha256 must be ${unsignedPayload}, ${unsignedChunks}, ${signedChunks}, ${signedChunks}-TRAILER or a valid sha256 value.`,
    { ArgumentName: "x-amz-content-sha256", ArgumentValue: said },
  );

function unchunked(target: Target, hasTrailer: boolean, signed?: Parameters<typeof unchunk>[0]["signed"]): Target {
  const { headers } = target;
  const decodedLength = headers["x-amz-decoded-content-length"];
  if (decodedLength === undefined || !/^\d+$/.test(decodedLength)) {
    throw new AwsError("MissingContentLength", 411, "You must provide the Content-Length HTTP header.");
  }
  const found = unchunk({
    body: target.body,
    decodedLength: Number(decodedLength),
    hasTrailer,
    ...(signed && { signed }),
  });
  return { ...target, body: found.body, headers: headersAfter(headers, found) };
}

function headersAfter(headers: Target["headers"], { body, trailers }: Unchunked): Record<string, string> {
  const announced = (headers["x-amz-trailer"] ?? "").split(",").map((name) => name.trim().toLowerCase());
  if (announced.some((name) => name !== "" && trailers[name] === undefined)) {
    const message =
      "The request contained trailing data that was not well-formed or did not conform to our published schema.";
    throw new AwsError("MalformedTrailerError", 400, message);
  }
  const { "content-encoding": encoding = "", ...others } = headers;
  // S3 takes its own transfer encoding off and stores what remains.
  const kept = encoding
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "aws-chunked");
  return {
    ...others,
    ...trailers,
    "content-length": String(body.length),
    ...(kept.length > 0 ? { "content-encoding": kept.join(",") } : {}),
  };
}
