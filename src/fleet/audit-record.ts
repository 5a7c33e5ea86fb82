import { z } from "zod";
import { daysBetween } from "./days";
import { type EncryptionTarget, type Stage, stages } from "./fleet";
import { type RecordTarget, recordTarget, targetOfRecord } from "./record-target";

/**
 * How a check of the configuration ended. `undecided` is what hangs on a condition key of which nothing is known. Neither
 * that nor `could-not-look` is ever a pass.
 */
const checkResults = ["pass", "waived", "fail", "undecided", "could-not-look"] as const;
export type CheckResult = (typeof checkResults)[number];

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

const schema = z.strictObject({
  version: z.literal(1),
  account: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  bucket: z.string().min(1),
  stage: z.enum(stages),
  target: recordTarget,
  day,
  objects: z.strictObject({
    looked: z.boolean(),
    notCompliant: z.int().min(0),
    failed: z.int().min(0),
    cannot: z.record(z.string(), z.int().min(1)),
  }),
  configuration: z.array(
    z.strictObject({
      id: z.string().min(1),
      result: z.enum(checkResults),
      partOfVerdict: z.boolean(),
      waivedUntil: day.optional(),
    }),
  ),
});

/**
 * What an audit found about a bucket, beside the fleet and in git. Two audits of an unchanged bucket on one day give
 * the same bytes: exceptions are counted, and what is right is not.
 */
export interface AuditRecord {
  readonly version: 1;
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  /** At which the bucket was audited. */
  readonly stage: Stage;
  readonly target: RecordTarget;
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  /** Current versions, every one of them. `looked` is false where they could not be listed. */
  readonly objects: {
    readonly looked: boolean;
    readonly notCompliant: number;
    readonly failed: number;
    /** Objects that cannot be converted, by reason. */
    readonly cannot: Readonly<Record<string, number>>;
  };
  readonly configuration: readonly {
    readonly id: string;
    readonly result: CheckResult;
    readonly partOfVerdict: boolean;
    /** Last day of the waiver. */
    readonly waivedUntil?: string;
  }[];
}

/** The text of a record's file. */
export const formatAuditRecord = (record: AuditRecord): string => `${JSON.stringify(record, null, 2)}\n`;

/** @throws Error with every field that is not as AuditRecord says */
export function parseAuditRecord(json: unknown): AuditRecord {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "record"}: ${message}`);
  throw new Error(`This is no record of an audit: ${mistakes.join("; ")}`);
}

/** A bucket that is to go on. */
export interface NextStage {
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  readonly stage: "enforce" | "released";
  readonly target: EncryptionTarget;
  /** `YYYY-MM-DD`, in UTC. */
  readonly today: string;
  /**
   * Days that an audit counts for.
   *
   * @default 7
   */
  readonly maxAgeInDays?: number;
}

/** From which stages on an audit says anything about the next one. */
const provenAt: Readonly<Record<NextStage["stage"], readonly Stage[]>> = {
  enforce: ["encrypt", "enforce"],
  released: ["enforce"],
};

/**
 * Why a recorded audit is no proof that a bucket may go on to a stage; empty if it is one.
 *
 * Objects that cannot be converted do not hold a bucket back: a stage decides about puts. A reviewer sees them in
 * `objects.cannot`.
 */
export function whyNotCovered(record: AuditRecord | undefined, next: NextStage): string[] {
  if (record === undefined) return ["it was never audited"];
  const { objects, configuration } = record;
  const age = daysBetween(record.day, next.today);
  const { maxAgeInDays = 7 } = next;
  const why: string[] = [];
  if (record.account !== next.account || record.region !== next.region || record.bucket !== next.bucket) {
    why.push(`the audit is of ${record.bucket} in ${record.region}, account ${record.account}`);
  }
  if (!provenAt[next.stage].includes(record.stage)) {
    why.push(`it was audited at stage ${record.stage}, which says nothing about ${next.stage}`);
  }
  const [was, is] = [record.target, targetOfRecord(next.target)];
  if (was.algorithm !== is.algorithm || was.keyArn !== is.keyArn || was.bucketKey !== is.bucketKey) {
    why.push(`it was audited against ${was.algorithm} ${was.keyArn ?? ""}, bucket key ${was.bucketKey ? "on" : "off"}`);
  }
  if (age < 0) why.push(`the audit is of ${record.day}, which is still to come`);
  if (age > maxAgeInDays) why.push(`the audit is of ${record.day}, and counts for ${maxAgeInDays} days`);
  if (!objects.looked) why.push("its objects could not be looked at");
  if (objects.notCompliant > 0) why.push(`${objects.notCompliant} objects are not encrypted as they should be`);
  if (objects.failed > 0) why.push(`${objects.failed} objects could not be looked at`);
  if (configuration.length === 0) why.push("its configuration was not looked at");
  for (const { id, result, partOfVerdict, waivedUntil } of configuration) {
    if (!partOfVerdict) continue;
    if (result === "fail") why.push(`${id} failed`);
    if (result === "undecided") why.push(`${id} could not be decided`);
    if (result === "could-not-look") why.push(`${id} could not be looked at`);
    if (result === "waived" && (waivedUntil === undefined || waivedUntil < next.today)) {
      why.push(`the waiver of ${id} has run out${waivedUntil === undefined ? "" : ` on ${waivedUntil}`}`);
    }
  }
  return why;
}
