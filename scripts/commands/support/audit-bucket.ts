import { auditConfiguration } from "../../../src/checks/audit/audit";
import { type Check, exitCodeOf } from "../../../src/checks/audit/check";
import { type BucketResult, recordOf } from "../../../src/checks/audit/result";
import { formatAuditRecord } from "../../../src/fleet/audit-record";
import { auditPath } from "../../../src/fleet/names";
import { verdict } from "../../../src/reencrypt/report/verdict";
import { lookAtConfiguration, sayChecks } from "./audit-configuration";
import { lookAtObjects } from "./audit-objects";
import type { AuditOptions } from "./audit-options";
import { today } from "./clock";
import type { BucketEvidence } from "./evidence";
import { writeRecord } from "./record";
import { type ExitCode, Stop, worst } from "./stop";
import { sayStop } from "./terminal";
import type { Unready, Work } from "./work";
import { readFleet } from "./work-of-fleet";

type Known = Pick<BucketResult, "bucket" | "region" | "account" | "stage" | "target">;

/** What of a bucket there is to tell, before anything is known. */
const unknownYet = ({ bucket, region, account, target, fleet }: Work): Known => ({
  bucket,
  region,
  account: account ?? null,
  stage: fleet?.bucket.stage ?? null,
  target,
});

const inWords = (exitCode: number, sampled: boolean): string =>
  verdict({ command: "audit", dryRun: false, ended: "settled", exitCode, sweeps: 1, sampled }, {});

/** Audits one bucket. What keeps it from being looked at is a part of the result, and hides no other bucket. */
export async function auditBucket(
  work: Work,
  options: AuditOptions,
  stop: AbortSignal,
): Promise<BucketEvidence & { readonly code: ExitCode }> {
  const errors: string[] = [];
  const attempt = async <T>(look: () => Promise<T>): Promise<T | ExitCode> => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      errors.push(error.message);
      sayStop(work.bucket, error);
      return error.exitCode;
    }
  };
  const facts = await attempt(() => lookAtConfiguration(work));
  if (typeof facts === "number") return without(unknownYet(work), errors, [], options, facts);
  const checks = auditConfiguration(facts);
  sayChecks(work.bucket, checks);
  const looked = await attempt(() => lookAtObjects(work, options, facts, checks, stop));
  const { configuration } = facts;
  if (typeof looked === "number") {
    const { account } = facts.question;
    const code = worst([looked, exitCodeOf(checks)]);
    return { ...without({ ...unknownYet(work), account }, errors, checks, options, code), configuration };
  }
  const { code, objects, runDirectory } = looked;
  const sampled = options.sample !== undefined;
  const common = { ...unknownYet(work), account: facts.question.account, checks, errors };
  const result = { ...common, exitCode: code, verdict: inWords(code, sampled), objects: objects ?? null };
  return { code, result, configuration, runDirectory };
}

function without(
  known: Known,
  errors: readonly string[],
  checks: readonly Check[],
  { json }: AuditOptions,
  code: ExitCode,
) {
  const result: BucketResult = {
    ...known,
    ...{ checks, errors, exitCode: code, verdict: inWords(2, false), objects: null },
  };
  if (json) {
    const { bucket, region, account } = result;
    const document = { command: "audit", bucket, region, account, errors, configuration: checks, exitCode: code };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  }
  return { code, result, configuration: undefined, runDirectory: undefined };
}

/** A bucket whose stack has not answered, so that neither key nor role is known. */
export function unreadyBucket({ bucket, target, stop }: Unready, options: AuditOptions) {
  sayStop(bucket.name, stop);
  const work = { bucket: bucket.name, region: target.region, account: target.account.id, stage: bucket.stage };
  return without({ ...work, target: null }, [stop.message], [], options, stop.exitCode);
}

/** Beside the fleet, so that the pull request that moves the stage shows what was proven. */
export function recordAudit(result: BucketResult, options: AuditOptions): void {
  const record = recordOf(result, today());
  if (!record) return;
  const { account, region, bucket } = record;
  writeRecord(auditPath(readFleet(options.fleet).directory, account, region, bucket), formatAuditRecord(record));
}
