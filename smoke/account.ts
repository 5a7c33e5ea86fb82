import type { Clients } from "../conformance/clients";
import { refusalOf } from "../conformance/expect";
import { Refused } from "./request";
import { type Run, stackOwns } from "./run-id";

/**
 * Makes sure that the account is the one that was named.
 *
 * @returns the partition that it is in
 * @throws Refused
 */
export async function checkAccount({ sts }: Clients, account: string): Promise<string> {
  const caller = await sts.getCallerIdentity({});
  if (caller.Account !== account) {
    throw new Refused(`The credentials are of account ${caller.Account}, and --account says ${account}.`);
  }
  return caller.Arn?.split(":")[1] ?? "aws";
}

/**
 * Makes sure that this project's stack is not applied here: a run has a stack of its own, under the same names.
 *
 * @throws Refused
 */
export async function checkUnused({ s3, kms, iam }: Clients, run: Run): Promise<void> {
  const { alias, role, backupBucket } = stackOwns(run);
  const asked = [
    { what: `key ${alias}`, call: () => kms.describeKey({ KeyId: alias }) },
    { what: `role ${role}`, call: () => iam.getRole({ RoleName: role }) },
    { what: `bucket ${backupBucket}`, call: () => s3.headBucket({ Bucket: backupBucket }) },
  ];
  const there: string[] = [];
  for (const { what, call } of asked) {
    const refusal = await refusalOf(call());
    // KMS says so with 400.
    if (refusal?.status !== 404 && refusal?.code !== "NotFoundException") there.push(what);
  }
  if (there.length > 0) {
    throw new Refused(
      `This account already has ${there.join(", ")} in ${run.region}: this project's stack is applied, or another run is on. Take another account or region, or --clean-up what a run has left.`,
    );
  }
}
