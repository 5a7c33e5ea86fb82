import type { Caller, Context } from "../service";
import type { RequestKeys } from "./policy/conditions";
import type { Tags } from "./state";

/** Condition keys that an operation adds, as `s3:x-amz-acl`. `undefined` means that the request does not have the key. */
export type Conditions = Readonly<Record<string, string | readonly string[] | undefined>>;

function tagsOf(context: Context): Tags | undefined {
  const { caller, state } = context;
  if (caller.is !== "user" && caller.is !== "role") return undefined;
  const account = state.identity.accounts.get(caller.account);
  return caller.is === "user" ? account?.users.get(caller.name)?.tags : account?.roles.get(caller.roleName)?.tags;
}

function callerKeys(caller: Caller): Conditions {
  switch (caller.is) {
    case "anonymous":
      return { "aws:PrincipalType": "Anonymous", "aws:PrincipalIsAWSService": "false" };
    case "service":
      return {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": caller.service,
        "aws:SourceArn": caller.sourceArn,
        "aws:SourceAccount": caller.sourceAccount,
      };
    default:
      return {
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalArn": caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalType": { root: "Account", user: "User", role: "AssumedRole" }[caller.is],
        "aws:userid": caller.userId,
        "aws:username": caller.is === "user" ? caller.name : undefined,
      };
  }
}

/** Requests that a service makes, for itself or for a caller, show neither address nor transport: S3 User Guide, policy example 6. */
const networkKeys = (context: Context): Conditions => ({
  "aws:SourceIp": context.sourceIp,
  "aws:SecureTransport": String(context.secure),
});

/**
 * The keys of a request: AWS's global ones, then those of the operation.
 *
 * Source: IAM User Guide, "AWS global condition context keys".
 * @param viaService whether a service asks on the caller's behalf, as S3 asks KMS
 */
export function requestKeys(
  context: Context,
  resourceAccount: string,
  conditions: Conditions,
  viaService: boolean,
): ReadonlyMap<string, string | readonly string[]> {
  const keys = new Map<string, string | readonly string[]>();
  const add = (more: Conditions): void => {
    for (const name in more) {
      const value = more[name];
      if (value !== undefined) keys.set(name.toLowerCase(), value);
    }
  };
  add(callerKeys(context.caller));
  if (!viaService && context.caller.is !== "service") add(networkKeys(context));
  for (const [key, value] of tagsOf(context) ?? []) keys.set(`aws:principaltag/${key}`.toLowerCase(), value);
  add({
    "aws:ViaAWSService": String(viaService),
    "aws:CurrentTime": new Date(context.now).toISOString(),
    "aws:EpochTime": String(Math.floor(context.now / 1000)),
    "aws:RequestedRegion": context.region,
    "aws:ResourceAccount": resourceAccount,
    "aws:UserAgent": context.request.headers["user-agent"],
    "aws:Referer": context.request.headers["referer"],
  });
  add(conditions);
  return keys;
}

function byLowerCase(conditions: Conditions): RequestKeys {
  const keys = new Map<string, string | readonly string[]>();
  for (const name in conditions) {
    const value = conditions[name];
    if (value !== undefined) keys.set(name.toLowerCase(), value);
  }
  return keys;
}

/** The same, put together when one is asked for: most policies that a request is held against ask for none. */
export function lazyRequestKeys(
  context: Context,
  resourceAccount: string,
  conditions: Conditions | (() => Conditions),
  viaService: boolean,
): RequestKeys {
  let own: RequestKeys | undefined;
  let global: RequestKeys | undefined;
  return {
    get: (name) => {
      own ??= byLowerCase(typeof conditions === "function" ? conditions() : conditions);
      const value = own.get(name);
      // A service's keys are none of AWS's global ones, which cost more than most operations' own.
      if (value !== undefined || !name.startsWith("aws:")) return value;
      global ??= requestKeys(context, resourceAccount, {}, viaService);
      return global.get(name);
    },
  };
}
