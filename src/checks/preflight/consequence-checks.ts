import type { LifecycleRule } from "@aws-sdk/client-s3";
import type { Waivable } from "../../fleet/fleet";
import { minimumDays } from "../../reencrypt/cost/prices";
import { counted } from "../../reencrypt/report/words";
import type { FindingId } from "./catalogue";
import type { Facts, Intent } from "./facts";
import { type Finding, finding } from "./finding";
import { known } from "./looked";
import { unlessAccepted } from "./waivers";

/** S3 updates SSE-S3 and SSE-KMS in place to SSE-KMS; every other target is reached by copies alone. */
const onlyCopies = ({ target }: Intent): boolean => target.algorithm !== "aws:kms";

/** An error until the fleet accepts it by name; then a note that says why. */
const consequence = (intent: Intent, id: FindingId & Waivable, level: "error" | "warning", evidence: string): Finding =>
  unlessAccepted(intent, id, level, id, evidence);

const counts = (rule: LifecycleRule): boolean =>
  rule.Status === "Enabled" &&
  (rule.Expiration?.Days !== undefined ||
    rule.NoncurrentVersionExpiration !== undefined ||
    (rule.Transitions ?? []).some(({ Days }) => Days !== undefined) ||
    (rule.NoncurrentVersionTransitions ?? []).length > 0);

/**
 * What copies would set off. Where an update does nearly everything they are warnings, since only objects from before
 * 2023 or under DSSE need a copy then, and `reencrypt` makes none without --allow-copy.
 */
export function copyChecks({ intent, bucket }: Facts): Finding[] {
  const level = onlyCopies(intent) ? "error" : "warning";
  const configured = known(bucket.notifications);
  const listeners = [
    ...(configured?.TopicConfigurations ?? []),
    ...(configured?.QueueConfigurations ?? []),
    ...(configured?.LambdaFunctionConfigurations ?? []),
  ].filter(({ Events = [] }) =>
    Events.some((event) => /^s3:ObjectCreated:(\*|Copy|CompleteMultipartUpload)$/.test(event)),
  );
  const listening = [
    ...(listeners.length > 0 ? [counted(listeners.length, "configuration")] : []),
    ...(configured?.EventBridgeConfiguration ? ["EventBridge"] : []),
  ];
  const rules = (known(bucket.replication)?.Rules ?? []).filter(({ Status }) => Status === "Enabled");
  const ages = (known(bucket.lifecycle) ?? []).filter(counts);
  const sample = known(bucket.sample);
  const classes = Object.entries(sample?.classes ?? {})
    .filter(([name]) => minimumDays(name) > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, objects]) => `${objects} ${name} (${minimumDays(name)} days)`);
  const moved = [
    ...new Set(ages.flatMap(({ Transitions = [] }) => Transitions.map(({ StorageClass }) => StorageClass ?? ""))),
  ]
    .filter((name) => minimumDays(name) > 0)
    .sort();
  const short = [
    ...(classes.length > 0 ? [`of the first ${counted(sample?.objects ?? 0, "object")}: ${classes.join(", ")}`] : []),
    ...(moved.length > 0 ? [`lifecycle rules move objects to ${moved.join(", ")}`] : []),
  ];
  return [
    ...(listening.length > 0 ? [consequence(intent, "notifications", level, listening.join(", "))] : []),
    ...(rules.length > 0 ? [consequence(intent, "replication", level, counted(rules.length, "enabled rule"))] : []),
    ...(ages.length > 0
      ? [
          consequence(
            intent,
            "lifecycle",
            level,
            ages
              .map(({ ID = "(without an id)" }) => ID)
              .sort()
              .join(", "),
          ),
        ]
      : []),
    ...(short.length > 0 ? [consequence(intent, "minimum-duration", level, short.join("; "))] : []),
  ];
}

/** Object Lock, and whether it locks what is new as well. */
export function lockChecks({ intent, bucket }: Facts): Finding[] {
  const lock = known(bucket.objectLock);
  if (!lock) return [];
  const retention = lock.Rule?.DefaultRetention;
  const lasts =
    retention && `${retention.Mode}, ${retention.Days ? `${retention.Days} days` : `${retention.Years} years`}`;
  return [
    consequence(intent, "object-lock", "error", "Object Lock is on"),
    ...(lasts ? [finding("warning", "default-retention", lasts)] : []),
  ];
}

/** A rule that does not select KMS objects leaves out all that is written from stage encrypt on. */
export function replicationChecks({ intent, bucket }: Facts): Finding[] {
  if (intent.target.algorithm === "AES256") return [];
  return (known(bucket.replication)?.Rules ?? [])
    .filter(
      ({ Status, SourceSelectionCriteria }) =>
        Status === "Enabled" && SourceSelectionCriteria?.SseKmsEncryptedObjects?.Status !== "Enabled",
    )
    .map(({ ID = "(without an id)", Destination }) =>
      finding("error", "replication-leaves-out-kms", `rule ${ID}, to ${Destination?.Bucket ?? "?"}`),
    );
}

/** Waivers that ran out, whether or not anything still needs them. */
export const waiverChecks = ({ intent: { fleet, today } }: Facts): Finding[] =>
  (fleet?.accept ?? [])
    .filter(({ until }) => until < today)
    .map(({ what, until, reason }) => finding("error", "waiver-expired", `${what}, until ${until}: ${reason}`));
