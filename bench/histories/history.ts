import type { EncryptionTarget } from "../../src/fleet/fleet";
import type { Clock } from "../../src/reencrypt/clock";
import { isEncryptedAs } from "../../src/reencrypt/decide";
import { converted, type ObjectOutcome } from "../../src/reencrypt/outcome";
import { type Random, seeded } from "../random";
import { changesInPlace, chooseAct, perform, type Written } from "./application";
import { type Difference, differences } from "./checker";
import { Life, lives } from "./mortal";
import { productOn, type Tamper } from "./product";
import { Scheduler } from "./scheduler";
import { seedKey } from "./seeding";
import { Trace } from "./trace";
import { type Gap, whyUnpreventable } from "./unpreventable";
import type { Traits, World } from "./world";

export interface HistoryEnd {
  readonly seed: number;
  readonly versioning: Traits["versioning"];
  /** What must never be. Empty for a good history. */
  readonly violations: readonly string[];
  /** Changes of others that were undone, where S3 offers no means against it. */
  readonly unpreventable: readonly (Difference & { readonly why: Gap })[];
  readonly outcomes: readonly ObjectOutcome[];
  /** What happened, step by step, for whoever has to find out why. */
  readonly story: () => string;
}

function chooseTraits(random: Random): Traits {
  const objectLock = random.chance(0.15);
  return {
    versioning: objectLock ? "Enabled" : random.pick(["Disabled", "Enabled", "Suspended"]),
    acls: random.chance(0.4),
    objectLock,
  };
}

const chooseTarget = ({ ownKeyArn: keyArn }: World, random: Random): EncryptionTarget =>
  random.pick<EncryptionTarget>([
    { algorithm: "AES256" },
    { algorithm: "aws:kms", keyArn, bucketKey: true },
    { algorithm: "aws:kms", keyArn, bucketKey: true },
    { algorithm: "aws:kms:dsse", keyArn },
  ]);

const untouched: Tamper = (store) => store;

/**
 * One bucket with a key or two, converted by the product while an application changes them; each step in an order that
 * the seed decides, and every difference to what the application alone would have left.
 *
 * @param forgetful whether a process that goes on knows nothing of the copies that a killed one had begun: a mistake, for tests
 */
export async function runHistory(
  world: World,
  seed: number,
  tamper: Tamper = untouched,
  forgetful = false,
): Promise<HistoryEnd> {
  const random = seeded(seed);
  const twins = await world.twins(chooseTraits(random));
  const target = chooseTarget(world, random);
  const engine = random.pick<"auto" | "copy">(["auto", "auto", "copy"]);
  world.aws.faults = random.chance(0.5) ? { conflictOnConcurrentWrite: true } : undefined;
  world.pass(60_000);

  const prefix = `h${seed}-`;
  const keys = random.pick([[`${prefix}a`], [`${prefix}a`, `${prefix}b`]]);
  const written: Written[] = keys.flatMap((key) => seedKey(world, twins, key, random));
  const scheduler = new Scheduler(random);
  const trace = new Trace();
  const violations: string[] = [];
  const clock: Clock = {
    now: world.now,
    sleep: async (milliseconds) => {
      world.pass(milliseconds);
      await scheduler.pause();
    },
    random: random.next,
  };
  const { convert, onTheirWay } = productOn({
    ...{ world, twins, target, engine, clock, scheduler, trace, random, tamper, forgetful },
  });

  const application = async () => {
    const acts = random.pick([1, 2, 3, 4]);
    for (let revision = 1; revision <= acts; revision++) {
      for (let wait = random.pick([0, 1, 2, 4, 8]); wait >= 0; wait--) await scheduler.pause();
      const key = random.pick([keys[0] ?? "", ...keys]);
      const act = chooseAct(random, twins.traits, revision);
      world.pass(random.pick([1, 40, 1500]));
      const answers = await perform(world, twins, key, act);
      trace.acted(key, act, answers.real);
      if (answers.real !== answers.twin) {
        violations.push(`${key}: ${act.do} was answered ${answers.real}, and ${answers.twin} without the conversion`);
      }
      const newest = written.findLast((version) => version.key === key);
      if (newest && changesInPlace(act) !== undefined) newest.changedInPlace = true;
      if (answers.written) written.push(answers.written);
    }
  };

  world.insideCopy = () => scheduler.pause();
  const outcomes: ObjectOutcome[] = [];
  const tell = (outcome: ObjectOutcome) => {
    outcomes.push(outcome);
    if (converted({ [outcome.outcome]: 1 }) > 0 && outcome.outcome !== "notAsBefore") {
      if (!trace.wasSeenAs(outcome.key, outcome.versionId, target)) {
        violations.push(`${outcome.key}: counted as ${outcome.outcome}, and no HEAD after the change showed it`);
      }
    }
  };
  await scheduler.run(Promise.all([convert(prefix, tell, lives(seed)), application()]));
  await scheduler.run(Promise.all(onTheirWay));
  trace.runEnded();

  // Once the application is quiet, one more run has to leave everything as the target says, or say why not.
  const last = new Map<string, ObjectOutcome>();
  const remember = (outcome: ObjectOutcome) => outcome.versionId ?? last.set(outcome.key, outcome);
  await scheduler.run(convert(prefix, remember, () => new Life()));
  for (const key of keys) {
    const [current] = twins.real.keys.get(key) ?? [];
    const outcome = last.get(key)?.outcome;
    if (current?.is !== "object" || outcome === "cannot") continue;
    const { encryption } = current;
    const shown = encryption.is === "customer" ? { is: encryption.is, keyMd5: encryption.keyMd5 } : encryption;
    if (!isEncryptedAs(shown, target)) violations.push(`${key}: ${outcome}, and it is under ${encryption.is}`);
  }

  // A lock that came during a copy stays on the version underneath, and the run says so.
  const reported = new Set(outcomes.filter(({ outcome }) => outcome === "notAsBefore").map(({ key }) => key));
  const found = differences(twins, keys, written)
    .map((one) =>
      reported.has(one.key) ? { ...one, aspects: one.aspects.filter((aspect) => aspect !== "lock") } : one,
    )
    .filter(({ aspects }) => aspects.length > 0);
  const unpreventable: HistoryEnd["unpreventable"][number][] = [];
  violations.push(...trace.violations(twins.traits));
  for (const difference of found) {
    const why = whyUnpreventable(difference, twins, trace);
    if (why) {
      unpreventable.push({ ...difference, why });
      continue;
    }
    const { key, versionId, aspects } = difference;
    violations.push(
      `${key}${versionId ? ` (version ${versionId})` : ""}: ${aspects.join(", ")} not as the application left it`,
    );
  }
  const story = () =>
    [
      `seed ${seed}: ${JSON.stringify(twins.traits)}, to ${target.algorithm}, engine ${engine}, conflicts ${world.aws.faults !== undefined}`,
      ...trace.lines,
      ...outcomes.map((outcome) => `=> ${JSON.stringify(outcome)}`),
      ...unpreventable.map(({ key, aspects, why }) => `?? ${key}: ${aspects.join(", ")} could not be kept: ${why}`),
      ...violations.map((violation) => `!! ${violation}`),
    ].join("\n");
  return { seed, versioning: twins.traits.versioning, violations, unpreventable, outcomes, story };
}
