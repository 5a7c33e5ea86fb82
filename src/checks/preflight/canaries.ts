import { randomUUID } from "node:crypto";
import { accepts } from "../../fleet/fleet";
import { canaryPrefix } from "../../fleet/names";
import type { BucketReader } from "../bucket-traits";
import { CanaryFailure } from "./canary-failure";
import { probes, withoutHeader } from "./canary-probes";
import { removeCanaries } from "./canary-removal";
import type { Facts } from "./facts";
import { type Finding, finding, sorted } from "./finding";
import { known, unseen } from "./looked";
import { isLike } from "./policy/conditions";

/** Whether the bucket's policy, as the stage has it, refuses a put of this caller without the header. */
const refusesHeaderless = ({ fleet, roleArn }: Facts["intent"]): boolean =>
  fleet?.stage === "enforce" &&
  !accepts(fleet, "missing-header") &&
  !fleet.headerlessWriters.some((name) => isLike(roleArn, name));

/** The customer managed key that new objects come under today, where it is not the target's: clients use it, the conversion only decrypts. */
function otherDefaultKey({ intent: { target }, bucket }: Facts): string | undefined {
  const keyArn = known(bucket.encryption)?.keyArn ?? undefined;
  if (keyArn === undefined || /(^|[:/])alias\/aws\/s3$/.test(keyArn)) return undefined;
  return target.algorithm !== "AES256" && target.keyArn === keyArn ? undefined : keyArn;
}

/** Nothing where S3 did what was asked. */
const failureOf = (probe: Promise<void>): Promise<CanaryFailure | undefined> =>
  probe.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof CanaryFailure) return error;
      throw error;
    },
  );

/** @returns nothing where S3 denies a put without the header, as it should */
function notDenied(failure: CanaryFailure | undefined): CanaryFailure | undefined {
  if (failure?.code === "AccessDenied") return undefined;
  return (
    failure ??
    new CanaryFailure(
      withoutHeader,
      "S3 took it, and should have denied it at stage enforce",
      "Apply the stack, or give the owner of the bucket's policy the statement AtRestDenyUnencryptedObjectUploads.",
    )
  );
}

/**
 * Tries what clients and the conversion do, on objects of its own, and removes them by version id whatever happens.
 *
 * From stage enforce on, a put without the header has to be refused; before, it has to be taken. Where it would come
 * under a key that the conversion may only decrypt with, it is not tried: the stage that is judged ends that default.
 * Where versions get a retention, or may get one, nothing is put, since nobody could delete it.
 */
export async function canaries(reader: BucketReader, facts: Facts): Promise<Finding[]> {
  const { intent, bucket } = facts;
  const { objectLock } = bucket;
  if (objectLock.is === "unseen") return [finding("note", "canary-refused", unseen(objectLock))];
  if (objectLock.value?.Rule?.DefaultRetention) return [finding("note", "canary-refused", "default retention")];
  const prefix = `${canaryPrefix}${randomUUID()}/`;
  const headerNeeded = refusesHeaderless(intent);
  const otherKey = headerNeeded ? undefined : otherDefaultKey(facts);
  const findings: Finding[] = [];
  if (otherKey !== undefined)
    findings.push(finding("note", "canary-refused", `put-without-header: the default encryption is under ${otherKey}`));
  const puts = { underDefault: otherKey === undefined, saysHeader: headerNeeded || otherKey !== undefined };
  try {
    for (const [name, probe] of Object.entries(probes(reader, intent.target, puts))) {
      const failure = await failureOf(probe(`${prefix}${name}`));
      const wrong = name === "put-without-header" && headerNeeded ? notDenied(failure) : failure;
      if (wrong) findings.push(wrong.finding(name));
    }
  } finally {
    findings.push(...(await removeCanaries(reader, prefix)));
  }
  return sorted(findings);
}
