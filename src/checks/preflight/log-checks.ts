import { daysBetween } from "../../fleet/days";
import { type EnforcementRow, enforcementRows } from "../../fleet/fleet";
import type { JudgedStage } from "../../fleet/preflight-record";
import type { FindingId } from "./catalogue";
import type { Facts, Intent } from "./facts";
import { type Finding, finding, type Level } from "./finding";
import { loggedUsers } from "./log-users";
import { nameOf } from "./logs/request";
import type { BucketUser } from "./logs/usage";
import { isLike } from "./policy/conditions";
import { unlessAccepted } from "./waivers";

/** A stage's own refusals are errors; those of a later one are still far, and those of an earlier one have happened. */
export const levelAt = (from: JudgedStage, { judgedFor }: Intent): Level => (judgedFor === from ? "error" : "warning");

interface Refusal {
  readonly id: FindingId;
  readonly from: JudgedStage;
  readonly does: string;
}

const refusals: Readonly<Record<EnforcementRow, Refusal>> = {
  "missing-header": { id: "writer-without-header", from: "enforce", does: "writes without an encryption header" },
  "wrong-algorithm": { id: "writer-with-other-encryption", from: "encrypt", does: "asks for another algorithm" },
  "kms-without-key-id": {
    id: "writer-with-other-encryption",
    from: "encrypt",
    does: "asks for KMS without a key: aws/s3",
  },
  "another-key": { id: "writer-with-other-encryption", from: "encrypt", does: "asks for another key" },
  "sse-c": { id: "sse-c-in-use", from: "encrypt", does: "writes with keys of its own" },
  "plain-http": { id: "plain-http-in-use", from: "encrypt", does: "comes over plain HTTP" },
};

/** As the stage's policy does, which compares whole ARNs: it lets services through, and whom the fleet names. */
const isSpared = ({ fleet }: Intent, row: EnforcementRow, { principal }: BucketUser): boolean =>
  row === "missing-header" &&
  (principal.is === "service" ||
    (principal.is === "iam" && (fleet?.headerlessWriters ?? []).some((name) => isLike(principal.arn, name))));

const having = (users: readonly BucketUser[], habit: Parameters<BucketUser["seen"]["has"]>[0]): BucketUser[] =>
  users.filter(({ seen }) => seen.has(habit));

const each = (users: readonly BucketUser[], say: (name: string) => Finding): Finding[] =>
  users.map(({ principal }) => say(nameOf(principal)));

/** Clients that a stage refuses by its policy, as the logs show them. */
export function refusedWriterChecks(facts: Facts): Finding[] {
  const { intent } = facts;
  const users = loggedUsers(facts);
  return enforcementRows.flatMap((row) => {
    const { id, from, does } = refusals[row];
    // Somebody else's policy refuses what its owner decides.
    const level = intent.fleet?.policy === "external" ? "warning" : levelAt(from, intent);
    const refused = having(users, row).filter((user) => !isSpared(intent, row, user));
    return each(refused, (name) => unlessAccepted(intent, row, level, id, `${name} ${does}`));
  });
}

/** Reads that SSE-KMS refuses whatever a policy says. Source: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys". */
export function refusedReaderChecks(facts: Facts): Finding[] {
  const { intent } = facts;
  if (intent.target.algorithm === "AES256") return [];
  const users = loggedUsers(facts);
  const level = levelAt("encrypt", intent);
  const anonymous = users.some(({ principal, seen }) => principal.is === "anonymous" && seen.has("read"));
  return [
    ...(anonymous ? [finding(level, "anonymous-read", "the logs show reads without a signature")] : []),
    ...each(having(users, "sigv2"), (name) => finding(level, "sigv2-in-use", name)),
  ];
}

/** Clients whose TLS is too old for S3's own endpoints. */
export const oldTlsChecks = (facts: Facts): Finding[] =>
  each(having(loggedUsers(facts), "old-tls"), (name) => finding("warning", "old-tls-in-use", name));

/** URLs that were signed before a stage live on behind it. */
export function presignedChecks(facts: Facts): Finding[] {
  const users = loggedUsers(facts);
  const level = facts.intent.judgedFor === "enforce" ? "warning" : "note";
  return [
    ...each(having(users, "presigned-write"), (name) =>
      finding(level, "presigned-urls", `${name} signs URLs for writing`),
    ),
    ...each(having(users, "presigned-read"), (name) =>
      finding("note", "presigned-urls", `${name} signs URLs for reading`),
    ),
  ];
}

/** What could not be read may be the very client that a stage breaks. */
export function unreadChecks({ intent, logs }: Facts): Finding[] {
  if (!logs || logs.reading.unread === 0) return [];
  const level = intent.judgedFor === "enforce" ? "error" : "warning";
  // How many, and which, is in what was observed: it is another number each time.
  return [finding(level, "logs-not-read", "lines, records or files of the logs could not be read")];
}

/** Days of logs that show what writers do, weekly jobs included; a presigned URL lives as long. */
const leastDays = 7;
/** Days since the last event: what clients did earlier says nothing about now. */
const mostAge = 7;

/** What the evidence of headers lacks, or nothing. Access logs have no headers, and are delivered on a best-effort basis. */
export function lacking({ intent, logs }: Facts): string | undefined {
  if (!logs || logs.reading.sources.cloudtrail.length === 0) return "no CloudTrail data events were given";
  const { dataEvents } = logs.usage;
  if (!dataEvents) return "the events that were given have no data event of this bucket: its trail may not record them";
  if (daysBetween(dataEvents.from, dataEvents.to) < leastDays - 1) {
    return `the bucket's data events cover fewer than ${leastDays} days`;
  }
  if (daysBetween(dataEvents.to, intent.today) > mostAge) {
    return `the bucket's last data event is more than ${mostAge} days old`;
  }
  return undefined;
}

/** Stage enforce refuses puts without a header: who sends them has to be known, or the fleet says why it need not be. */
export function evidenceChecks(facts: Facts): Finding[] {
  const { intent } = facts;
  const { fleet, judgedFor, today } = intent;
  const spared = fleet?.accept.some(({ what, until }) => what === "missing-header" && until >= today) === true;
  if (judgedFor !== "enforce" || fleet?.newBucket || spared) return [];
  const lacks = lacking(facts);
  const none = facts.logs ? "none was seen in the logs; " : "";
  return [
    ...(lacks === undefined ? [] : [unlessAccepted(intent, "header-evidence", "error", "headers-not-known", lacks)]),
    ...(loggedUsers(facts).some(({ seen }) => seen.has("presigned-write"))
      ? []
      : [finding("note", "presigned-urls", `${none}one that was signed before the stage works for 7 days at most`)]),
  ];
}
