import type { OwnersPart } from "../../fleet/owners-part";
import { type PreflightRecord, settingsDigest } from "../../fleet/preflight-record";
import { targetOfRecord } from "../../fleet/record-target";
import { counted } from "../../reencrypt/report/words";
import type { Intent, LogFacts } from "./facts";
import type { Finding, Level } from "./finding";
import type { Reading } from "./logs/read";
import { type BucketUsage, habits } from "./logs/usage";

export interface Recorded {
  readonly intent: Intent;
  readonly findings: readonly Finding[];
  /** Whether canaries were tried: without them their findings are missing, not absent. */
  readonly canaries: boolean;
  /** What logs showed. Nothing: none were given. */
  readonly observed?: Observed;
  /** What other owners of the bucket still have to put. */
  readonly owners?: OwnersPart;
}

/** What is another number each time, and so is no part of the record that is compared. */
export interface Observed {
  readonly sources: Reading["sources"];
  readonly files: number;
  readonly records: number;
  readonly unread: number;
  readonly firstUnread: Reading["firstUnread"];
  /** The days that the evidence covers. */
  readonly period: Pick<BucketUsage, "dataEvents" | "accessLogs">;
  readonly requests: number;
  readonly refused: number;
  /** Per second, on average over the busiest minute. */
  readonly busiestMinute?: BucketUsage["busiest"];
  readonly kmsRequestsPerSecond?: { readonly withoutBucketKey: number; readonly withBucketKey: number };
  readonly longestPresignedSeconds?: number;
  /** In ISO 8601. */
  readonly defaultEncryptionChanged?: string;
  /** By name; what each was seen to do, how often, and on which day last. */
  readonly users: Readonly<Record<string, Readonly<Record<string, { requests: number; lastSeen: string }>>>>;
}

const compare = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** What logs showed of one bucket, users by name, so that two readings of the same logs give the same bytes. */
export function observedOf(
  { reading, usage }: LogFacts,
  rates: Pick<Observed, "busiestMinute" | "kmsRequestsPerSecond">,
): Observed {
  const { sources, files, records, unread, firstUnread } = reading;
  const users = [...usage.users]
    .sort(compare)
    .map(([name, { seen }]) => [name, Object.fromEntries([...seen].sort(compare))]);
  return {
    sources,
    ...{ files, records, unread, firstUnread },
    period: { dataEvents: usage.dataEvents, accessLogs: usage.accessLogs },
    requests: usage.requests,
    refused: usage.refused,
    ...rates,
    longestPresignedSeconds: usage.longestPresigned,
    defaultEncryptionChanged:
      usage.defaultChanged === undefined ? undefined : new Date(usage.defaultChanged).toISOString(),
    users: Object.fromEntries(users),
  };
}

const document = ({ intent, findings, canaries }: Recorded): PreflightRecord => {
  const { account, region, bucket, target, fleet, roleArn, judgedFor } = intent;
  return {
    version: 2,
    account,
    region,
    bucket,
    stage: fleet?.stage ?? null,
    judgedFor,
    settings: fleet ? settingsDigest(fleet) : null,
    target: targetOfRecord(target),
    roleArn,
    canaries,
    findings: findings.map(({ id, level, evidence, fix }) => ({ id, level, evidence, fix })),
  };
};

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** For git: two looks at an unchanged bucket give the same bytes. Nothing in it says when it was made. */
export const formatRecord = (recorded: Recorded): string => pretty(document(recorded));

/** What the logs showed, in a file of its own. */
export const formatObserved = (observed: Observed): string => pretty(observed);

/** All of it in one line, for other programs. */
export const jsonLine = (recorded: Recorded): string =>
  JSON.stringify({
    ...document(recorded),
    ...(recorded.observed ? { observed: recorded.observed } : {}),
    ...(recorded.owners ? { owners: documentOfOwners(recorded.owners) } : {}),
  });

const documentOfOwners = ({ statements, defaultEncryption }: OwnersPart) => ({
  statements: statements.map(({ statement }) => statement),
  defaultEncryption,
});

const prettyLines = (value: unknown): string[] => pretty(value).trimEnd().split("\n");

/** To be pasted. */
const ownersLines = (owners: OwnersPart): string[] => {
  const { statements, defaultEncryption } = documentOfOwners(owners);
  return [
    ...(statements.length > 0
      ? ["  statements for the bucket's policy, in place of those with the same Sid:", ...prettyLines(statements)]
      : []),
    ...(defaultEncryption
      ? ["  default encryption, as put-bucket-encryption takes it:", ...prettyLines(defaultEncryption)]
      : []),
  ];
};

const countOf = (findings: readonly Finding[], level: Level): string =>
  counted(findings.filter((one) => one.level === level).length, level);

const periodOf = (name: string, period: { from: string; to: string } | undefined): string[] =>
  period === undefined ? [] : [`${name} from ${period.from} to ${period.to}`];

/** What the logs are worth: the period they cover, what could not be read, and who does what. */
function observedLines(observed: Observed): string[] {
  const { files, records, unread, firstUnread, period, requests, refused, users } = observed;
  const covered = [...periodOf("data events", period.dataEvents), ...periodOf("access logs", period.accessLogs)];
  const plain = new Set<string>(habits);
  return [
    `  logs: ${requests} requests (${refused} refused) in ${records} records of ${files} files; ${covered.join(", ") || "none of this bucket"}`,
    ...firstUnread.map(
      ({ file, place, why }) => `  not read: ${file}${place === undefined ? "" : `:${place}`}: ${why}`,
    ),
    ...(unread > firstUnread.length ? [`  not read: ${unread - firstUnread.length} more`] : []),
    ...Object.entries(users).flatMap(([name, seen]) =>
      Object.entries(seen)
        .filter(([habit]) => !plain.has(habit))
        .map(
          ([habit, { requests: times, lastSeen }]) => `  seen: ${name}: ${habit}, ${times} times, last on ${lastSeen}`,
        ),
    ),
  ];
}

/** For people: the verdict, then each finding with its evidence, and its fix where something is to be done. */
export function tableOf({ intent, findings, canaries, observed, owners }: Recorded): string[] {
  const { account, region, bucket, target, judgedFor } = intent;
  const to = target.algorithm === "AES256" ? "AES256" : `${target.algorithm} ${target.keyArn}`;
  const width = Math.max(0, ...findings.map(({ id }) => id.length));
  const counts = (["error", "warning", "note"] as const).map((level) => countOf(findings, level)).join(", ");
  return [
    `s3://${bucket} (${region}, account ${account}): ${counts}`,
    `  for stage ${judgedFor}, to ${to}; canaries ${canaries ? "were tried" : "were not tried (--canary)"}`,
    ...(observed ? observedLines(observed) : []),
    ...findings.flatMap(({ level, id, evidence, fix }) => [
      `  ${level.padEnd(7)}  ${id.padEnd(width)}  ${evidence}`,
      ...(level === "note" ? [] : [`  ${" ".repeat(7)}  ${" ".repeat(width)}  -> ${fix}`]),
    ]),
    ...(owners ? ownersLines(owners) : []),
  ];
}
