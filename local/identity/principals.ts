import { parsed } from "./policies";
import type { IdentityState } from "./state";

/** Whether an ARN or account id names somebody. Accounts that this AWS does not hold are taken to exist, with whoever is named in them. */
export function principalExists(state: IdentityState, principal: string): boolean {
  if (/^\d{12}$/.test(principal)) return true;
  const [arn, partition, service, , id = "", resource = ""] = principal.split(":");
  if (arn !== "arn" || partition !== state.partition) return false;
  if (id === "cloudfront") return service === "iam" && resource.startsWith("user/CloudFront Origin Access Identity ");
  if (!/^\d{12}$/.test(id)) return false;
  const account = state.accounts.get(id);
  const [type, ...path] = resource.split("/");
  const name = path.at(-1) ?? "";
  if (service === "sts") return type === "assumed-role" && path.length === 2 && !/[*?]/.test(resource);
  if (service !== "iam") return false;
  if (resource === "root") return true;
  if (type !== "user" && type !== "role") return false;
  if (!account) return /^[\w+=,.@/-]+$/.test(path.join("/"));
  return (type === "user" ? account.users : account.roles).get(name)?.arn === principal;
}

/**
 * Whether everyone whom a resource policy names is there: S3, KMS and IAM refuse to store it otherwise, as a deleted role's ARN.
 * S3 says MalformedPolicy `Invalid principal in policy`, KMS MalformedPolicyDocumentException.
 *
 * @param document a policy that `parsePolicy` takes
 */
export function principalsExist(state: IdentityState, document: string): boolean {
  return parsed(document).statements.every(({ principals }) => {
    const { aws = [], service = [] } = principals?.values ?? {};
    return (
      aws.every((principal) => principalExists(state, principal)) &&
      service.every((name) => /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(name))
    );
  });
}
