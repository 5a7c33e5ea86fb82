import type { CheckResult } from "../../fleet/audit-record";
import { type Waivable, waivable } from "../../fleet/fleet";
import type { ControlId } from "./controls";
import type { Question } from "./facts";

interface Entry {
  /** What has to be so for it to pass. */
  readonly asks: string;
  readonly controls: readonly ControlId[];
  /** Whether it decides on the verdict. What does not is shown beside it. */
  readonly partOfVerdict: boolean;
}

const asked = (asks: string, ...controls: ControlId[]): Entry => ({ asks, controls, partOfVerdict: true });
const beside = (asks: string, ...controls: ControlId[]): Entry => ({ asks, controls, partOfVerdict: false });

/** Everything that an audit asks of a configuration. An id stays what it is. `docs/audit.md` is this table. */
export const catalogue = {
  "default-encryption": asked(
    "The bucket's default encryption is the target: algorithm, key ARN, bucket key.",
    "S3.17",
  ),
  "sse-c-blocked": asked("The bucket's encryption configuration blocks SSE-C, where the fleet says blockSseC."),
  "right-put": asked("A put that carries the target's encryption is not denied."),
  "wrong-algorithm": asked("A put that carries another algorithm is denied."),
  "kms-without-key-id": asked("A put that carries the algorithm without a key id, which means aws/s3, is denied."),
  "another-key": asked("A put that carries another key is denied."),
  "sse-c": asked("A put with a customer's key is denied, or SSE-C is blocked."),
  "missing-header": asked("From stage enforce on, a put without the encryption header is denied."),
  "plain-http": asked("Requests over plain HTTP are denied.", "S3.5"),
  "key-enabled": asked("The key is there, enabled, and of the kind that S3 uses."),
  "key-deletion": asked("The key does not wait for its deletion.", "KMS.3"),
  "key-rotation": asked("The key rotates. AWS rotates its own.", "KMS.4"),
  "key-policy": asked("The key's policy lets its account change it, and lets no account in whichever it is.", "KMS.5"),
  "public-access": asked("Neither policy, ACL nor an access point of the bucket is public in effect.", "S3.2", "S3.3"),
  waivers: asked("No waiver of the fleet has run out."),
  "public-access-block": beside("All four settings that block public access are on for the bucket.", "S3.8"),
  acls: beside("ACLs are off (BucketOwnerEnforced), or give nobody but the owner anything.", "S3.12"),
  versioning: beside("Versioning is enabled.", "S3.14"),
} as const satisfies Record<string, Entry>;

export type CheckId = keyof typeof catalogue;

export interface Check {
  readonly id: CheckId;
  readonly result: CheckResult;
  /** What was seen, or why it was not. */
  readonly evidence: string;
  readonly controls: readonly ControlId[];
  readonly partOfVerdict: boolean;
  readonly waiver?: { readonly reason: string; readonly until: string };
}

const isWaivable = (id: string): id is Waivable => waivable.some((one) => one === id);

/**
 * A check's result, with the fleet's waiver: an existing one makes a waived of a fail, or of what is not decided, until
 * its last day, and none of what could not be looked at.
 */
export function check(
  { fleet, today }: Question,
  id: CheckId,
  result: Exclude<CheckResult, "waived">,
  evidence: string,
): Check {
  const entry: Entry = catalogue[id];
  // Without a fleet there is no stage, and nothing is asked of a configuration.
  const common = { id, controls: entry.controls, partOfVerdict: entry.partOfVerdict && fleet !== undefined };
  const waiver = isWaivable(id) ? fleet?.accept.find(({ what }) => what === id) : undefined;
  const waives = result === "fail" || result === "undecided";
  if (!waives || waiver === undefined) return { ...common, result, evidence };
  const { reason, until } = waiver;
  if (until < today) return { ...common, result, evidence: `${evidence}; the waiver ran out on ${until}` };
  return { ...common, result: "waived", evidence, waiver: { reason, until } };
}

/** 1 where a check of the verdict failed, 2 where one could not be looked at or decided, 3 where one is waived. */
export function exitCodeOf(checks: readonly Check[]): 0 | 1 | 2 | 3 {
  const results = new Set(checks.filter(({ partOfVerdict }) => partOfVerdict).map(({ result }) => result));
  if (results.has("fail")) return 1;
  if (results.has("could-not-look") || results.has("undecided")) return 2;
  return results.has("waived") ? 3 : 0;
}
