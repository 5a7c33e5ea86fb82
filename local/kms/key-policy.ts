import type * as kms from "@aws-sdk/client-kms";
import { decide } from "../identity/authorize";
import { parsePolicy } from "../identity/policy/document";
import { principalsExist } from "../identity/principals";
import type { Context } from "../service";
import { authorizeKey } from "./access";
import { limitExceeded, malformedPolicy, notFound, required } from "./errors";
import { accountOf, findKey } from "./find-key";

const largestPolicy = 32_768;

/** What a key gets that was given no policy: the account's own policies decide. */
export const defaultKeyPolicy = (partition: string, account: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Id: "key-default-1",
    Statement: [
      {
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  });

/**
 * @param bypass `BypassPolicyLockoutSafetyCheck`: left out, whoever puts the policy must be able to put another one later
 * @throws AwsError MalformedPolicyDocumentException, LimitExceededException
 */
export function checkKeyPolicy(context: Context, policy: string, keyArn: string, bypass: boolean | undefined): void {
  if (Buffer.byteLength(policy) > largestPolicy)
    throw limitExceeded(`The key policy must not be larger than ${largestPolicy} bytes.`);
  try {
    parsePolicy(policy, "resource");
  } catch (error) {
    throw malformedPolicy(error instanceof Error ? error.message : String(error));
  }
  if (!principalsExist(context.state.identity, policy))
    throw malformedPolicy("Policy contains a statement with one or more invalid principals.");
  if (bypass) return;
  const later = decide(context, {
    action: "kms:PutKeyPolicy",
    resource: keyArn,
    resourceAccount: keyArn.split(":")[4] ?? "",
    resourcePolicy: policy,
    resourceMustAllow: true,
    conditions: { "kms:CallerAccount": accountOf(context) },
  });
  if (later.is !== "allowed")
    throw malformedPolicy("The new key policy will not allow you to update the key policy in the future.");
}

/** A key has one policy, and its name is `default`. */
function checkName(name: string | undefined): void {
  if (name !== undefined && name !== "default") throw notFound("No such policy exists");
}

function getKeyPolicy(context: Context, input: kms.GetKeyPolicyCommandInput) {
  const key = findKey(context, input.KeyId);
  authorizeKey(context, key, "GetKeyPolicy");
  checkName(input.PolicyName);
  return { Policy: key.policy, PolicyName: "default" };
}

function putKeyPolicy(context: Context, input: kms.PutKeyPolicyCommandInput): object {
  const key = findKey(context, input.KeyId);
  const bypass = input.BypassPolicyLockoutSafetyCheck;
  authorizeKey(context, key, "PutKeyPolicy", {
    conditions: { "kms:BypassPolicyLockoutSafetyCheck": String(bypass ?? false) },
  });
  checkName(input.PolicyName);
  const policy = required(input.Policy, "policy");
  checkKeyPolicy(context, policy, key.arn, bypass);
  key.policy = policy;
  return {};
}

function listKeyPolicies(context: Context, input: kms.ListKeyPoliciesCommandInput) {
  authorizeKey(context, findKey(context, input.KeyId), "ListKeyPolicies");
  return { PolicyNames: ["default"], Truncated: false };
}

export const keyPolicyOperations = {
  GetKeyPolicy: getKeyPolicy,
  PutKeyPolicy: putKeyPolicy,
  ListKeyPolicies: listKeyPolicies,
};
