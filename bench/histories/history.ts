import { canonicalUserId } from "../../local/s3/arns";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import type { Clock } from "../../src/reencrypt/clock";
import { converter } from "../../src/reencrypt/convert";
import { isEncryptedAs } from "../../src/reencrypt/decide";
import type { JournalLine } from "../../src/reencrypt/journal";
import { converted, type ObjectOutcome } from "../../src/reencrypt/outcome";
import { paced } from "../../src/reencrypt/pacing";
import { sweepUntilSettled } from "../../src/reencrypt/run";
import { Tally } from "../../src/reencrypt/tally";
import { leanStore } from "../../src/s3/lean/lean-store";
import type { ObjectStore } from "../../src/s3/object-store";
import { type Random, seeded } from "../random";
import { changesInPlace, chooseAct, perform, type Written } from "./application";
import { type Difference, differences } from "./checker";
import { Life, lives } from "./mortal";
import { Scheduler } from "./scheduler";
import { seedKey } from "./seeding";
import { Trace } from "./trace";
import { ACCOUNT, ORIGIN, type Traits, type Twins, type World } from "./world";

const MOST_SWEEPS = 6;

export interface HistoryEnd {
  readonly seed: number;
  readonly versioning: Traits["versioning"];
  /** What must never be. Empty for a good history. */
  readonly violations: readonly string[];
  /** Changes of others that were undone, where S3 offers no means against it. */
  readonly unpreventable: readonly Difference[];
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

/** Puts a mistake between the pipeline and its store, for tests of what is found. */
export type Tamper = (store: ObjectStore, world: World, bucket: string, pause: () => Promise<void>) => ObjectStore;

const untouched: Tamper = (store) => store;

/**
 * One bucket with a key or two, converted by the product while an application changes them; each step in an order that
 * the seed decides, and every difference to what the application alone would have left.
 */
export async function runHistory(world: World, seed: number, tamper: Tamper = untouched): Promise<HistoryEnd> {
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
  const { convert, onTheirWay } = productOn(world, twins, target, engine, clock, scheduler, trace, random, tamper);

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
  const found = differences(twins, keys, written).filter(
    ({ key, aspects }) => !(reported.has(key) && aspects.every((aspect) => aspect === "lock")),
  );
  const unpreventable = found.filter((difference) => trace.couldNotBePrevented(difference, twins));
  violations.push(...trace.violations(twins.traits));
  for (const { key, versionId, aspects } of found.filter((one) => !unpreventable.includes(one))) {
    violations.push(
      `${key}${versionId ? ` (version ${versionId})` : ""}: ${aspects.join(", ")} not as the application left it`,
    );
  }
  const story = () =>
    [
      `seed ${seed}: ${JSON.stringify(twins.traits)}, to ${target.algorithm}, engine ${engine}, conflicts ${world.aws.faults !== undefined}`,
      ...trace.lines,
      ...outcomes.map((outcome) => `=> ${JSON.stringify(outcome)}`),
      ...violations.map((violation) => `!! ${violation}`),
    ].join("\n");
  return { seed, versioning: twins.traits.versioning, violations, unpreventable, outcomes, story };
}

/** The product's own pipeline and client, with the local AWS in place of the network. */
function productOn(
  world: World,
  { traits, real }: Twins,
  target: EncryptionTarget,
  engine: "auto" | "copy",
  clock: Clock,
  scheduler: Scheduler,
  trace: Trace,
  random: Random,
  tamper: Tamper,
) {
  const held = { ...world.credentials };
  /** Requests of processes that are gone. */
  const onTheirWay: Promise<unknown>[] = [];
  const storeOf = (life: Life): ObjectStore => {
    const lean = leanStore({
      bucket: real.name,
      endpoint: { origin: ORIGIN, host: new URL(ORIGIN).host, path: `/${real.name}`, signingRegion: "us-east-1" },
      identity: { current: () => held, renewed: async () => held },
      expectedBucketOwner: ACCOUNT,
      now: world.now,
      send: async (request) => {
        await scheduler.pause();
        await life.goOn();
        world.pass(random.pick([1, 5, 300]));
        const death = life.next();
        if (death !== undefined) trace.lines.push(`process killed, request ${death}`);
        if (death === "lost") return life.end();
        const exchange = trace.begun(request);
        if (random.chance(0.01)) throw new Error("the connection was reset before the request was sent");
        const handled = world.aws.handle(request).then((response) => {
          trace.answered(exchange, response);
          return response;
        });
        onTheirWay.push(handled);
        if (death === "unheard") return life.end();
        const response = await handled;
        if (death === "answered") return life.end();
        await life.goOn();
        if (random.chance(0.01)) throw new Error("the connection was reset before the answer was read");
        await scheduler.pause();
        await life.goOn();
        trace.read(exchange);
        return response;
      },
    });
    const tampered = tamper(lean, world, real.name, () => scheduler.pause());
    return paced(tampered, {}, clock, { requests: 0, throttled: 0 });
  };
  const bucket = {
    versioning: traits.versioning,
    aclOwner: traits.acls ? canonicalUserId(ACCOUNT) : undefined,
    objectLock: traits.objectLock,
    defaultRetention: false,
  };

  /** One run, by as many processes as it takes. */
  const convert = async (prefix: string, onObject: (outcome: ObjectOutcome) => void, begin: () => Life) => {
    const lines: JournalLine[] = [];
    const versions = random.pick<"current" | "all">(["current", "current", "all"]);
    const concurrency = random.pick([1, 2]);
    for (let end: unknown = "killed"; end === "killed"; ) {
      const life = begin();
      const store = storeOf(life);
      const journal = {
        append: async (line: JournalLine) => {
          await life.goOn();
          lines.push(line);
        },
      };
      const tally = new Tally();
      for (const line of lines) tally.add(line);
      const begun = (key: string) => tally.begun(key);
      end = await Promise.race([
        life.ended,
        sweepUntilSettled({
          store,
          visit: converter({ store, target, bucket, clock, journal, engine, allowCopy: true, begun }),
          ...{ journal, tally, prefix, versions, concurrency, onObject },
          maxSweeps: MOST_SWEEPS,
          stop: new AbortController().signal,
        }),
      ]);
    }
  };
  return { convert, onTheirWay };
}
