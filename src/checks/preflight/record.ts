import type { Intent } from "./facts";
import type { Finding, Level } from "./finding";

export interface Recorded {
  readonly intent: Intent;
  readonly findings: readonly Finding[];
  /** Whether canaries were tried: without them their findings are missing, not absent. */
  readonly canaries: boolean;
}

const document = ({ intent, findings, canaries }: Recorded) => {
  const { account, region, bucket, target, fleet, roleArn } = intent;
  return {
    version: 1,
    account,
    region,
    bucket,
    stage: fleet?.stage ?? null,
    target: {
      algorithm: target.algorithm,
      keyArn: target.algorithm === "AES256" ? null : target.keyArn,
      bucketKey: target.algorithm === "aws:kms" && target.bucketKey,
    },
    roleArn,
    canaries,
    findings: findings.map(({ id, level, evidence, fix }) => ({ id, level, evidence, fix })),
  };
};

/** For git: two looks at an unchanged bucket give the same bytes. Nothing in it says when it was made. */
export const formatRecord = (recorded: Recorded): string => `${JSON.stringify(document(recorded), null, 2)}\n`;

/** The same in one line, for other programs. */
export const jsonLine = (recorded: Recorded): string => JSON.stringify(document(recorded));

const counted = (findings: readonly Finding[], level: Level): string => {
  const count = findings.filter((one) => one.level === level).length;
  return `${count} ${level}${count === 1 ? "" : "s"}`;
};

/** For people: the verdict, then each finding with its evidence, and its fix where something is to be done. */
export function tableOf({ intent, findings, canaries }: Recorded): string[] {
  const { account, region, bucket, target } = intent;
  const to = target.algorithm === "AES256" ? "AES256" : `${target.algorithm} ${target.keyArn}`;
  const width = Math.max(0, ...findings.map(({ id }) => id.length));
  const counts = (["error", "warning", "note"] as const).map((level) => counted(findings, level)).join(", ");
  return [
    `s3://${bucket} (${region}, account ${account}): ${counts}`,
    `  to ${to}; canaries ${canaries ? "were tried" : "were not tried (--canary)"}`,
    ...findings.flatMap(({ level, id, evidence, fix }) => [
      `  ${level.padEnd(7)}  ${id.padEnd(width)}  ${evidence}`,
      ...(level === "note" ? [] : [`  ${" ".repeat(7)}  ${" ".repeat(width)}  -> ${fix}`]),
    ]),
  ];
}
