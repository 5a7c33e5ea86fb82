import { existsSync, readFileSync } from "node:fs";
import { parseAuditRecord, whyNotCovered } from "../../../src/fleet/audit-record";
import type { Fleet } from "../../../src/fleet/fleet";
import { auditPath, preflightPath } from "../../../src/fleet/names";
import { encryptionTarget } from "../../../src/fleet/outputs";
import { parsePreflightRecord, uncovered } from "../../../src/fleet/preflight-record";
import type { StageMove, StageRecords } from "../../../src/review/guards/stages";

/** Why what is recorded does not cover a move; a record that cannot be read covers nothing. */
function reasons(path: string, judge: (text: string | null) => string[]): string[] {
  try {
    return judge(existsSync(path) ? readFileSync(path, "utf8") : null);
  } catch (error) {
    return [`${path}: ${error instanceof Error ? error.message : error}`];
  }
}

/** What the audit has to have been against: the fleet's own key, or the stack's, which its plan knows. */
function wanted({ bucket, keyArn }: StageMove) {
  const { encryption, bucketKey } = bucket;
  if (encryption !== "AES256" && bucket.keyArn === null && keyArn === undefined) return undefined;
  return encryptionTarget({ encryption, keyArn: bucket.keyArn ?? keyArn ?? null, bucketKey });
}

/**
 * What is recorded beside a fleet, as the pull request has it.
 *
 * @param today `YYYY-MM-DD`, in UTC
 */
export const stageRecords = ({ directory }: Fleet, today: string): StageRecords => ({
  preflight: ({ target, bucket, from }) => {
    const { account, region } = target;
    return reasons(preflightPath(directory, account.id, region, bucket.name), (text) => {
      const record = text === null ? null : parsePreflightRecord(text);
      return uncovered(record, { account: account.id, region, from, bucket, today });
    });
  },
  audit: (move) => {
    const { account, region } = move.target;
    const { name: bucket, stage } = move.bucket;
    if (stage !== "enforce" && stage !== "released") return [];
    const target = wanted(move);
    if (!target) return ["the plan does not say which key the stack has"];
    return reasons(auditPath(directory, account.id, region, bucket), (text) => {
      const record = text === null ? undefined : parseAuditRecord(JSON.parse(text));
      return whyNotCovered(record, { account: account.id, region, bucket, stage, target, today });
    });
  },
});
