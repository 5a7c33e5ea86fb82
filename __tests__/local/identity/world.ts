import { calm } from "../../../local/faults/faults";
import { addAccount, rootOf } from "../../../local/identity/accounts";
import { iamOperations, stsOperations } from "../../../local/identity/operations";
import { createIdentityState } from "../../../local/identity/state";
import { kmsOperations } from "../../../local/kms/operations";
import { createKmsState } from "../../../local/kms/state";
import { createS3State } from "../../../local/s3/state";
import { createExposureState } from "../../../local/s3-control/exposure";
import { createJobsState } from "../../../local/s3-control/state";
import { AwsError, type Caller, type Context, type State } from "../../../local/service";

export const account = "111111111111";
export const otherAccount = "222222222222";
export const region = "eu-west-1";

export const allow = (more: object) => ({ Effect: "Allow", ...more });
export const deny = (more: object) => ({ Effect: "Deny", ...more });
export const policy = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

/** A user, or a role whose session is called `session`, with the inline policy given. */
interface Given {
  readonly may?: readonly object[];
  readonly in?: string;
  readonly sessionPolicy?: string;
}

/** Two accounts, a clock that only moves when told, and requests made by calling the operations themselves. */
export function world() {
  const state: State = {
    s3: createS3State(),
    kms: createKmsState(),
    identity: createIdentityState(),
    jobs: createJobsState(),
    exposure: createExposureState(),
  };
  let now = Date.UTC(2026, 0, 1);
  const administrator = addAccount(state.identity, account, now).caller;
  const stranger = addAccount(state.identity, otherAccount, now).caller;

  const context = (caller: Caller, more: Partial<Context> = {}): Context => ({
    state,
    caller,
    requestId: "request",
    now,
    region,
    partition: "aws",
    request: { method: "POST", url: "https://localhost/", headers: {} },
    secure: true,
    sourceIp: "10.1.2.3",
    signature: { type: "header" },
    step: async () => {},
    disturbance: calm,
    ...more,
  });

  const call =
    (operations: typeof iamOperations) =>
    // biome-ignore lint/suspicious/noExplicitAny: the operations of a service mix shapes, as the table that holds them says.
    (name: string, input: object = {}, caller: Caller = administrator, more: Partial<Context> = {}): any => {
      const operation = operations[name];
      if (!operation) throw new Error(`no operation ${name}`);
      return operation(context(caller, more), input);
    };
  const iam = call(iamOperations);
  const sts = call(stsOperations);

  const user = (name: string, given: Given = {}): Caller => {
    const owner = given.in === otherAccount ? stranger : administrator;
    const { User } = iam("CreateUser", { UserName: name }, owner);
    if (given.may)
      iam("PutUserPolicy", { UserName: name, PolicyName: "may", PolicyDocument: policy(...given.may) }, owner);
    return { is: "user", account: owner.account, arn: User.Arn, userId: User.UserId, name };
  };

  const role = (name: string, given: Given = {}): Extract<Caller, { is: "role" }> => {
    const owner = given.in === otherAccount ? stranger : administrator;
    const trust = policy(allow({ Principal: { AWS: owner.account }, Action: "sts:AssumeRole" }));
    const { Role } = iam("CreateRole", { RoleName: name, AssumeRolePolicyDocument: trust }, owner);
    if (given.may)
      iam("PutRolePolicy", { RoleName: name, PolicyName: "may", PolicyDocument: policy(...given.may) }, owner);
    const sessionArn = `arn:aws:sts::${owner.account}:assumed-role/${name}/session`;
    const userId = `${Role.RoleId}:session`;
    const { sessionPolicy } = given;
    return { is: "role", account: owner.account, arn: Role.Arn, userId, roleName: name, sessionArn, sessionPolicy };
  };

  return {
    state,
    administrator,
    stranger,
    root: rootOf(state.identity, account),
    context,
    iam,
    sts,
    kms: call(kmsOperations),
    user,
    role,
    now: () => now,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

/** What a call throws, as a user would see it. */
export function errorOf(call: () => unknown): { code: string; status: number; message: string } {
  try {
    call();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { code: error.code, status: error.status, message: error.message };
  }
  throw new Error("nothing was thrown");
}
