import { createHash } from "node:crypto";
import { z } from "zod";
import { type FleetBucket, type Stage, stages } from "./fleet";
import { recordTarget } from "./record-target";

/** Stages that change something for a bucket's clients, and so can be judged. */
export const judgedStages = ["encrypt", "enforce"] as const;
export type JudgedStage = (typeof judgedStages)[number];

const schema = z.strictObject({
  version: z.literal(2),
  account: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  bucket: z.string().min(1),
  stage: z.enum(stages).nullable(),
  judgedFor: z.enum(judgedStages),
  settings: z.string().nullable(),
  target: recordTarget,
  roleArn: z.string(),
  canaries: z.boolean(),
  findings: z.array(
    z.strictObject({
      id: z.string(),
      level: z.enum(["error", "warning", "note"]),
      evidence: z.string(),
      fix: z.string(),
    }),
  ),
});

/**
 * What `at-rest preflight` found about a bucket, in `preflight/<account>/<region>/<bucket>.json`. Two looks at an
 * unchanged bucket give the same record: there is no time in it.
 */
export type PreflightRecord = z.infer<typeof schema>;

/** @throws Error if it is none, with the fields that are wrong */
export function parsePreflightRecord(text: string): PreflightRecord {
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(
    `it is no preflight record: ${parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")}`,
  );
}

/** An object's fields in order of their names, whatever order they were made in. */
const inOrder = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** What the fleet says of a bucket, but for its stage, as 16 hexadecimal digits: whatever it says may change findings. */
export function settingsDigest({ stage: _, ...settings }: FleetBucket): string {
  return createHash("sha256").update(JSON.stringify(settings, inOrder)).digest("hex").slice(0, 16);
}

/** A bucket's stage before and after a pull request. */
export interface StageChange {
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
  /** Null: the fleet did not have the bucket. */
  readonly from: Stage | null;
  /** The bucket as the fleet has it after the change. */
  readonly bucket: FleetBucket;
  /** `YYYY-MM-DD`, in UTC: waivers run out. */
  readonly today: string;
}

/**
 * Why a recorded preflight does not cover a change of a bucket's stage. Nothing: it does.
 *
 * A preflight covers a stage if it was judged for that stage, of this very bucket and its settings in the fleet,
 * found no error, and none of the fleet's waivers has run out since. Stages `prepare` and `released`, going back, and
 * buckets that are new (`newBucket`) ask for none.
 *
 * @param record what is recorded for the bucket; null: nothing
 */
export function uncovered(record: PreflightRecord | null, change: StageChange): string[] {
  const { account, region, from, bucket, today } = change;
  const { stage } = bucket;
  const goesOn = stages.indexOf(stage) > (from === null ? -1 : stages.indexOf(from));
  if ((stage !== "encrypt" && stage !== "enforce") || !goesOn || bucket.newBucket) return [];
  if (record === null) return [`no preflight of ${bucket.name} is recorded`];
  const errors = record.findings.filter(({ level }) => level === "error");
  const expired = bucket.accept.filter(({ until }) => until < today);
  const same = record.account === account && record.region === region && record.bucket === bucket.name;
  return [
    ...(same ? [] : [`the preflight is of ${record.bucket} in ${record.account}, ${record.region}`]),
    ...(record.judgedFor === stage ? [] : [`the preflight was judged for stage ${record.judgedFor}, not ${stage}`]),
    ...(record.settings === settingsDigest(bucket)
      ? []
      : ["the fleet says something else of the bucket than when the preflight looked"]),
    ...errors.map(({ id, evidence }) => `error ${id}: ${evidence}`),
    ...expired.map(({ what, until }) => `the waiver of ${what} ran out on ${until}`),
  ];
}
