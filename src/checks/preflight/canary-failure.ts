import { canaryPrefix } from "../../fleet/names";
import { codeOf } from "../settings";
import { type Finding, finding } from "./finding";

/** S3 did not answer a canary's request as it should have. */
export class CanaryFailure extends Error {
  /**
   * @param asked the request, as in "PutObject without an encryption header"
   * @param answer what came of it
   * @param fix what to do about it
   * @param code S3's, where S3 refused
   */
  constructor(
    readonly asked: string,
    readonly answer: string,
    readonly fix: string,
    readonly code?: string,
  ) {
    super(`${asked}: ${answer}`);
  }

  /** @param name of the canary */
  finding(name: string): Finding {
    return { ...finding("error", "canary-failed", `${name}: ${this.message}`), fix: this.fix };
  }
}

/**
 * S3's code and message, without what is another each time: the canary's own key, the session of an assumed role and
 * the number of the request, since findings are kept in git and compared.
 */
export function steadyAnswer(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  const code = codeOf(error);
  if (message === "" || message === code) return code;
  const steady = message
    .replaceAll(new RegExp(`${canaryPrefix}[0-9a-f-]{36}/`, "g"), `${canaryPrefix}*/`)
    .replaceAll(/(:assumed-role\/[\w+=,.@-]+)\/[\w+=,.@-]+/g, "$1/*")
    .replaceAll(/Request ID: [\w-]+/gi, "Request ID: *");
  return `${code}: ${steady}`;
}

/** Whose settings a refusal comes from. S3 names the policy in its message: https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html */
function fixOf(code: string): string {
  if (code.startsWith("KMS.")) return "Make the key usable that S3 names, and run preflight --canary again.";
  if (code !== "AccessDenied") return "Mend what S3 names, and run preflight --canary again.";
  return "Change the policy that the message names (of the bucket, the key, the conversion role, its boundary or the organisation), and run preflight --canary again. A role that lacks a permission gets it when its stack is applied.";
}

/**
 * Makes one request of a canary.
 *
 * @param asked the request in words
 * @throws CanaryFailure where S3 refuses it
 */
export async function ask<T>(asked: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    const code = codeOf(error);
    throw new CanaryFailure(asked, steadyAnswer(error), fixOf(code), code);
  }
}
