import { existsSync, readFileSync } from "node:fs";
import type { Fleet } from "../../../src/fleet/fleet";
import { preflightPath } from "../../../src/fleet/names";
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

/**
 * What is recorded beside a fleet, as the pull request has it.
 *
 * @param today `YYYY-MM-DD`, in UTC
 */
export const stageRecords = ({ directory }: Fleet, today: string): StageRecords => ({
  preflight: ({ target, bucket, from }: StageMove) => {
    const { account, region } = target;
    return reasons(preflightPath(directory, account.id, region, bucket.name), (text) =>
      uncovered(text === null ? null : parsePreflightRecord(text), {
        account: account.id,
        region,
        from,
        bucket,
        today,
      }),
    );
  },
  audit: () => ["no audit is recorded"],
});
