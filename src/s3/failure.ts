import { STATUS_CODES } from "node:http";
import type { Answer } from "./object-store";

/** What S3 said when it did not do what it was asked. */
export interface ServiceFailure {
  readonly status: number;
  /** S3's error code. @default that of the status, as an answer without a body has none */
  readonly code?: string;
  readonly message?: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where S3 says that the bucket is, in its body. @default what the header `x-amz-bucket-region` says */
  readonly bucketRegion?: string;
}

export type Failed = Exclude<Answer<never>, { is: "done" }>;

const throttlingCodes = new Set([
  "SlowDown",
  "ServiceUnavailable",
  "Throttling",
  "ThrottlingException",
  "TooManyRequests",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "KMS.ThrottlingException",
]);

/** S3 sends these with a 400, and yet they say nothing about the request itself. */
const unknownCodes = new Set(["RequestTimeout", "InternalError"]);

/**
 * S3 answers copies and completions with 200 before it knows, and then says in the body how they failed. What these
 * codes mean there: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const statusInside = new Map([
  ...["BadDigest", "EntityTooLarge", "EntityTooSmall", "InvalidArgument", "InvalidPart", "InvalidPartOrder"].map(
    is(400),
  ),
  ...["InvalidRequest", "KMS.DisabledException", "KMS.InvalidStateException", "KMS.NotFoundException"].map(is(400)),
  ...["AccessDenied", "InvalidObjectState"].map(is(403)),
  ...["NoSuchBucket", "NoSuchKey", "NoSuchUpload", "NoSuchVersion"].map(is(404)),
  ...["ConditionalRequestConflict"].map(is(409)),
  ...["PreconditionFailed"].map(is(412)),
  ...["NotImplemented"].map(is(501)),
]);

function is(status: number): (code: string) => [string, number] {
  return (code) => [code, status];
}

/** The SDK shows an error inside a 200 as a 503. */
const meantStatus = (status: number, code: string): number =>
  status < 300 || status === 503 ? (statusInside.get(code) ?? status) : status;

/** A 400 with this code names the region that the signature should have been for. */
const elsewhere = (status: number, code: string): boolean =>
  (status >= 300 && status < 400) ||
  code === "AuthorizationHeaderMalformed" ||
  code === "IllegalLocationConstraintException";

/** `403` is `Forbidden`. */
const codeOfStatus = (status: number): string =>
  STATUS_CODES[status]?.replaceAll(/[^A-Za-z]/g, "") ?? `Status${status}`;

/** What AWS asks for when it is asked why: https://docs.aws.amazon.com/AmazonS3/latest/userguide/get-request-ids.html */
export function requestIds(headers: ServiceFailure["headers"]): string {
  const ids = ["x-amz-request-id", "x-amz-id-2"]
    .filter((name) => headers[name] !== undefined)
    .map((name) => `${name}: ${headers[name]}`);
  return ids.length > 0 ? ` (${ids.join(", ")})` : "";
}

function retryAfter(headers: ServiceFailure["headers"]): number | undefined {
  const seconds = headers["retry-after"];
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

/**
 * The class of answer that a failure stands for.
 *
 * | answer    | when |
 * |-----------|------|
 * | throttled | 503 without a reason, 429, or a throttling code, whatever the status; by KMS where the text says so, since S3 answers `SlowDown` for KMS as well |
 * | unknown   | `RequestTimeout`, `InternalError`, 5xx other than 501, and what else an error inside a 200 says |
 * | refused   | any other 3xx and 4xx, 501, and the same inside a 200 |
 */
export function failed({
  status: shown,
  code = codeOfStatus(shown),
  message,
  headers,
  bucketRegion,
}: ServiceFailure): Failed {
  const status = meantStatus(shown, code);
  if (throttlingCodes.has(code) || status === 429) {
    const by = /\bKMS\b/.test(`${code} ${message}`) ? "kms" : "s3";
    return { is: "throttled", by, retryAfterMs: retryAfter(headers) };
  }
  const said = `${message ?? `S3 answered ${shown} without a reason`}${requestIds(headers)}`;
  if (unknownCodes.has(code) || status < 300 || (status >= 500 && status !== 501)) {
    return { is: "unknown", cause: `${code}: ${said}` };
  }
  const region = bucketRegion ?? headers["x-amz-bucket-region"];
  const where =
    region !== undefined && elsewhere(status, code)
      ? `The bucket is in ${region}: give that region (--region, or the fleet's). `
      : "";
  return { is: "refused", status, code, message: `${where}${said}` };
}
