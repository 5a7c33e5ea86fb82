import { types } from "node:util";
import type { Answer, Refused } from "./object-store";

const throttlingCodes = new Set([
  "SlowDown",
  "ServiceUnavailable",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "KMS.ThrottlingException",
]);

/** S3 sends these with a 400, and yet they say nothing about the request itself. */
const unknownCodes = new Set(["RequestTimeout", "InternalError"]);

/** Failures on the way to a request: no answer will come until somebody acts. */
const credentialErrors = new Set(["CredentialsProviderError", "TokenProviderError"]);

interface ServiceFailure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** What an AWS SDK error says about the server's answer; nothing where no answer came. */
function serviceFailure(error: Error): ServiceFailure | undefined {
  if (!("$metadata" in error) || typeof error.$metadata !== "object" || error.$metadata === null) return undefined;
  const status = "httpStatusCode" in error.$metadata ? error.$metadata.httpStatusCode : undefined;
  if (typeof status !== "number") return undefined;
  const retryAfter =
    "$retryable" in error && typeof error.$retryable === "object" && error.$retryable !== null
      ? Reflect.get(error.$retryable, "retryAfter")
      : undefined;
  return {
    status,
    code: error.name,
    message: error.message,
    retryAfterSeconds: typeof retryAfter === "number" ? retryAfter : undefined,
  };
}

/**
 * The class of answer that an error of the SDK stands for.
 *
 * | answer    | when |
 * |-----------|------|
 * | throttled | 503, 429 or a throttling code; by KMS where the message says so, since S3 answers `SlowDown` for KMS as well |
 * | refused   | any other 4xx, 501, no credentials |
 * | unknown   | other 5xx, no answer, an answer that could not be read, an error in the body of a 200 |
 */
export function answerOf(error: unknown): Exclude<Answer<never>, { is: "done" }> {
  if (!types.isNativeError(error)) throw error;
  if (error instanceof TypeError || error instanceof RangeError) throw error; // a mistake of ours, not S3's answer
  if (credentialErrors.has(error.name)) return refused(0, error.name, error.message);
  const failure = serviceFailure(error);
  if (!failure) return { is: "unknown", cause: `${error.name}: ${error.message}` };
  const { status, code, message } = failure;
  const unreadable = status < 300;
  if (unknownCodes.has(code) || unreadable) return { is: "unknown", cause: `${code}: ${message}` };
  if (throttlingCodes.has(code) || status === 429 || (status === 503 && /^(Unknown|503)/.test(code))) {
    const by = /\bKMS\b/.test(`${code} ${message}`) ? "kms" : "s3";
    const { retryAfterSeconds } = failure;
    return {
      is: "throttled",
      by,
      retryAfterMs: retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000,
    };
  }
  if (status === 501 || status < 500) return refused(status, code, message);
  return { is: "unknown", cause: `${code}: ${message}` };
}

const refused = (status: number, code: string, message: string): Refused => ({
  is: "refused",
  status,
  code,
  message,
});

/** Runs one SDK call and turns what it throws into an answer. */
export async function answer<T>(call: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { is: "done", value: await call() };
  } catch (error) {
    return answerOf(error);
  }
}
