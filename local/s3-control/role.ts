import { authorize } from "../identity/authorize";
import { AwsError, type Caller, type Context } from "../service";
import type { Job } from "./state";

const service = "batchoperations.s3.amazonaws.com";

/**
 * A job's requests are made by its role, which has to trust the service.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html
 * @throws AwsError AccessDenied 403 if the role does not trust the service, or is not there
 */
export function asRoleOf(context: Context, job: Job): Context {
  const { RoleArn: arn = "" } = job.request;
  const [, , , , account = "", path = ""] = arn.split(":");
  const role = context.state.identity.accounts.get(account)?.roles.get(path.split("/").at(-1) ?? "");
  if (role?.arn !== arn) throw new AwsError("AccessDenied", 403, `The role ${arn} is not there.`);
  const itself = { is: "service", service, sourceArn: jobArn(context, job), sourceAccount: job.account } as const;
  authorize(
    { ...context, caller: itself },
    {
      action: "sts:AssumeRole",
      resource: arn,
      resourceAccount: account,
      resourcePolicy: role.trustPolicy,
      resourceMustAllow: true,
    },
  );
  const session = `s3-batch-operations_${job.id}`;
  const caller: Caller = {
    ...{ is: "role", account, arn, userId: `${role.id}:${session}`, roleName: role.name },
    sessionArn: `arn:${context.partition}:sts::${account}:assumed-role/${role.name}/${session}`,
  };
  return {
    ...context,
    caller,
    region: job.region,
    secure: true,
    signature: { type: "header" },
    request: { method: "PUT", url: "https://localhost/", headers: {} },
  };
}

export const jobArn = (
  { partition }: Context,
  { region, account, id }: Pick<Job, "region" | "account" | "id">,
): string => `arn:${partition}:s3:${region}:${account}:job/${id}`;
