import { AwsError, type Caller } from "../service";
import type { AccessRequest, Decision } from "./authorize";

const nameOf = (caller: Caller): string => {
  if (caller.is === "anonymous") return "anonymous";
  if (caller.is === "service") return caller.service;
  return caller.is === "role" ? caller.sessionArn : caller.arn;
};

const names = {
  "identity-based": "identity-based policy",
  "resource-based": "resource-based policy",
  session: "session policy",
  "permissions boundary": "permissions boundary",
} as const;

const reasonOf = (decision: Exclude<Decision, { is: "allowed" }>, action: string): string =>
  decision.is === "explicitDeny"
    ? `with an explicit deny in ${decision.by === "identity-based" ? "an" : "a"} ${names[decision.by]}`
    : `because no ${names[decision.missing]} allows the ${action} action`;

/**
 * What a service answers to whom it refuses. Only callers of the resource's own account are told why.
 *
 * | service  | code                  | status | resource in the text | to other accounts                                  |
 * |----------|-----------------------|--------|----------------------|----------------------------------------------------|
 * | s3       | AccessDenied          | 403    | in quotation marks   | Access Denied                                      |
 * | kms      | AccessDeniedException | 400    | bare                 | does not exist in this Region, or no policy allows |
 * | iam, sts | AccessDenied          | 403    | bare                 | as to its own; a trust policy's silence is not named |
 *
 * Source: S3 User Guide, "Troubleshoot access denied errors"; IAM User Guide, "Troubleshoot access denied error messages".
 */
export function accessDenied(
  caller: Caller,
  request: AccessRequest,
  decision: Exclude<Decision, { is: "allowed" }>,
): AwsError {
  const [service] = request.action.split(":");
  const own = "account" in caller && caller.account === request.resourceAccount;
  const start = `User: ${nameOf(caller)} is not authorized to perform: ${request.action} on`;
  const reason = reasonOf(decision, request.action);
  const full = `${start} resource: ${request.resource} ${reason}`;
  if (service === "s3") {
    return new AwsError(
      "AccessDenied",
      403,
      own ? `${start} resource: "${request.resource}" ${reason}` : "Access Denied",
    );
  }
  const untrusted = service === "sts" && decision.is === "implicitDeny" && decision.missing === "resource-based";
  if (untrusted) return new AwsError("AccessDenied", 403, `${start} resource: ${request.resource}`);
  if (service !== "kms") return new AwsError("AccessDenied", 403, full);
  const what = /:(Decrypt|ReEncryptFrom)$/.test(request.action)
    ? "the resource associated with this ciphertext"
    : "this resource";
  const hidden = `${start} ${what} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`;
  const tellsWhy = own || (decision.is === "implicitDeny" && decision.missing !== "resource-based");
  return new AwsError("AccessDeniedException", 400, tellsWhy ? full : hidden);
}
