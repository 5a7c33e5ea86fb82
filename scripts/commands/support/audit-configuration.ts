import type { Check } from "../../../src/checks/audit/check";
import type { AuditFacts } from "../../../src/checks/audit/facts";
import { gatherFacts } from "../../../src/checks/audit/gather";
import { resultCounts } from "../../../src/checks/audit/result";
import { kmsClient } from "../../../src/checks/target-key";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../../src/s3/clients";
import { s3ControlClient } from "../../../src/s3/s3-control-client";
import { today } from "./clock";
import { openSession } from "./connect";
import { say } from "./terminal";
import type { Work } from "./work";

/** Asks for the configuration; some thirteen requests. @throws Stop */
export async function lookAtConfiguration(work: Work): Promise<AuditFacts> {
  const { bucket, region, endpointUrl, target, fleet } = work;
  const { credentials, caller } = await openSession(work);
  const s3 = s3Client({ region, endpointUrl, credentials, concurrency: 8, attempts: ATTEMPTS_OF_SETTINGS });
  const s3Control = s3ControlClient({ region, endpointUrl, credentials });
  const kms = kmsClient({ region, credentials });
  const partition = caller.arn.split(":")[1] ?? "aws";
  const question = { bucket, account: caller.account, region, partition, target, fleet: fleet?.bucket, today: today() };
  try {
    return await gatherFacts({ s3, s3Control, kms }, question);
  } finally {
    s3.destroy();
    s3Control.destroy();
    kms.destroy();
  }
}

/** What did not pass, and how many did. */
export function sayChecks(bucket: string, checks: readonly Check[]): void {
  const asked = checks.filter(({ partOfVerdict }) => partOfVerdict);
  const { pass, waived, fail, undecided, "could-not-look": unseen } = resultCounts(asked);
  say(
    asked.length > 0
      ? `Configuration of s3://${bucket}: ${pass} of ${asked.length} checks passed, ${fail} failed, ${waived} waived, ${undecided} not decided, ${unseen} not looked at`
      : `Configuration of s3://${bucket}, beside the verdict, since no fleet asks anything of it:`,
  );
  const width = Math.max(...checks.map(({ id }) => id.length));
  for (const { id, result, evidence, controls, partOfVerdict, waiver } of checks) {
    if (result === "pass") continue;
    const beside = partOfVerdict || asked.length === 0 ? "" : " (beside the verdict)";
    const answers = controls.length > 0 ? ` [${controls.join(", ")}]` : "";
    const accepted = waiver ? `; waived until ${waiver.until}: ${waiver.reason}` : "";
    say(`  ${result.padEnd(14)}  ${id.padEnd(width)}  ${evidence}${accepted}${answers}${beside}`);
  }
}
