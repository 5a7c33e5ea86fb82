import type { AssumeRoleCommandInput, GetSessionTokenCommandInput } from "@aws-sdk/client-sts";
import { AwsError, type Caller, type Context } from "../service";
import { accessDenied } from "./access-denied";
import { issueAccessKey } from "./accounts";
import { type AccessRequest, authorize } from "./authorize";
import { accountOf, checkDocument, notHere, required, sizeOf, validationError } from "./iam-account";
import type { AccessKey, Role } from "./state";

const largestSessionPolicy = 2_048;
const shortest = 900;

/** Needs no permission, and no policy can deny it: API_GetCallerIdentity. */
function getCallerIdentity(context: Context) {
  const { caller } = context;
  const account = accountOf(context).id;
  if (!("arn" in caller)) throw new Error("Who has an account has an ARN");
  return { UserId: caller.userId, Account: account, Arn: caller.is === "role" ? caller.sessionArn : caller.arn };
}

function seconds(given: number, most: number, tooLong: string): number {
  if (given < shortest)
    throw validationError(
      `1 validation error detected: Value '${given}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to ${shortest}`,
    );
  if (given > most) throw validationError(tooLong);
  return given;
}

/** A session that was itself assumed lasts an hour at most: IAM User Guide, "Role chaining". */
function durationOf(caller: Caller, role: Role, given = 3_600): number {
  return caller.is === "role"
    ? seconds(
        given,
        3_600,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
      )
    : seconds(
        given,
        role.maxSessionSeconds,
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      );
}

function sessionPolicyOf(context: Context, policy: string | undefined): string | undefined {
  if (policy === undefined) return undefined;
  checkDocument(context, policy, "identity");
  if (policy.length > largestSessionPolicy)
    throw validationError(
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${largestSessionPolicy}`,
    );
  return policy;
}

function sessionNameOf(given: string | undefined): string {
  const name = required(given, "roleSessionName");
  if (/^[\w+=,.@-]{2,64}$/.test(name)) return name;
  throw validationError(
    `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
  );
}

const credentialsOf = ({ accessKeyId, secretAccessKey, session }: AccessKey) => ({
  AccessKeyId: accessKeyId,
  SecretAccessKey: secretAccessKey,
  SessionToken: session?.token,
  Expiration: session && new Date(session.expiresAt),
});

function assumeRole(context: Context, input: AssumeRoleCommandInput) {
  const { caller, now, partition } = context;
  const arn = required(input.RoleArn, "roleArn");
  const sessionName = sessionNameOf(input.RoleSessionName);
  accountOf(context);
  if (caller.is === "root") throw new AwsError("AccessDenied", 403, "Roles may not be assumed by root accounts.");
  if (input.PolicyArns?.length || input.Tags?.length || input.SerialNumber)
    throw notHere("session policies by ARN, session tags and MFA");
  const account = arn.split(":")[4] ?? "";
  const request: AccessRequest = {
    action: "sts:AssumeRole",
    resource: arn,
    resourceAccount: account,
    resourceMustAllow: true,
    conditions: { "sts:ExternalId": input.ExternalId, "sts:RoleSessionName": sessionName },
  };
  const role = context.state.identity.accounts.get(account)?.roles.get(arn.split("/").at(-1) ?? "");
  // A role that is not there is refused like one that trusts somebody else.
  if (role?.arn !== arn) throw accessDenied(caller, request, { is: "implicitDeny", missing: "resource-based" });
  authorize(context, { ...request, resourcePolicy: role.trustPolicy });
  const expiresAt = now + durationOf(caller, role, input.DurationSeconds) * 1_000;
  const sessionArn = `arn:${partition}:sts::${account}:assumed-role/${role.name}/${sessionName}`;
  const userId = `${role.id}:${sessionName}`;
  const sessionPolicy = sessionPolicyOf(context, input.Policy);
  const session = {
    is: "role",
    account,
    arn: role.arn,
    userId,
    roleName: role.name,
    sessionArn,
    sessionPolicy,
  } as const;
  return {
    Credentials: credentialsOf(issueAccessKey(context.state.identity, session, now, expiresAt)),
    AssumedRoleUser: { AssumedRoleId: userId, Arn: sessionArn },
    PackedPolicySize: sessionPolicy && Math.ceil((sizeOf(sessionPolicy) / largestSessionPolicy) * 100),
  };
}

function getSessionToken(context: Context, input: GetSessionTokenCommandInput) {
  const { caller, now } = context;
  accountOf(context);
  if (caller.is !== "user" && caller.is !== "root")
    throw new AwsError("AccessDenied", 403, "Cannot call GetSessionToken with session credentials");
  const lasts = seconds(input.DurationSeconds ?? 43_200, 129_600, "The requested DurationSeconds exceeds 36 hours.");
  return { Credentials: credentialsOf(issueAccessKey(context.state.identity, caller, now, now + lasts * 1_000)) };
}

export const stsOperations = {
  GetCallerIdentity: getCallerIdentity,
  AssumeRole: assumeRole,
  GetSessionToken: getSessionToken,
};
