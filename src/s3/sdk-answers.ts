import { types } from "node:util";
import { type Failed, failed, type ServiceFailure } from "./failure";
import type { Answer } from "./object-store";

/** Failures on the way to a request: no answer will come until somebody acts. */
const credentialErrors = new Set(["CredentialsProviderError", "TokenProviderError"]);

/** What the SDK writes where S3 wrote nothing. */
const placeholders = new Set(["Unknown", "UnknownError", "NotFound"]);

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

const textField = (value: unknown, name: string): string | undefined => {
  const text = field(value, name);
  return typeof text === "string" ? text : undefined;
};

const numberField = (value: unknown, name: string): number | undefined => {
  const number = field(value, name);
  return typeof number === "number" ? number : undefined;
};

/** Of the answer on which the SDK failed; nothing where no answer came. */
export const responseStatus = (error: unknown): number | undefined =>
  numberField(field(error, "$response"), "statusCode");

/** Whether what a middleware of the SDK is given is a request. */
export const hasHeaders = (request: unknown): request is { readonly headers: Record<string, string> } =>
  typeof field(request, "headers") === "object";

/** What an AWS SDK error says about the server's answer; nothing where no answer came, or a success that cannot be read. */
function serviceFailure(error: Error): ServiceFailure | undefined {
  const response = field(error, "$response");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(field(response, "headers") ?? {})) {
    if (typeof value === "string") headers[name.toLowerCase()] = value;
  }
  const status = numberField(field(error, "$metadata"), "httpStatusCode");
  if (status === undefined) {
    // The page of a proxy, on which the SDK fails: the status has to do.
    const shown = responseStatus(error) ?? 0;
    return shown >= 300 ? { status: shown, headers } : undefined;
  }
  return {
    status,
    code: placeholders.has(error.name) ? undefined : error.name,
    message: placeholders.has(error.message) || error.message === "" ? undefined : error.message,
    headers,
    bucketRegion: textField(error, "Region"),
  };
}

/**
 * The class of answer that an error of the SDK, or of the way to S3, stands for. Without credentials it is refused;
 * where no answer came, or none that could be read, it is unknown.
 *
 * @throws what is a mistake of the program's own
 */
export function answerOf(error: unknown): Failed {
  if (!types.isNativeError(error)) throw error;
  if (error instanceof TypeError || error instanceof RangeError) throw error; // a mistake of ours, not S3's answer
  if (credentialErrors.has(error.name)) {
    return { is: "refused", status: 0, code: error.name, message: error.message };
  }
  const failure = serviceFailure(error);
  return failure ? failed(failure) : { is: "unknown", cause: `${error.name}: ${error.message}` };
}

/** Runs one SDK call and turns what it throws into an answer. */
export async function answer<T>(call: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { is: "done", value: await call() };
  } catch (error) {
    return answerOf(error);
  }
}
