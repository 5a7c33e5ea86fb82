import { canonicalUserId } from "../../local/s3/arns";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import type { Clock } from "../../src/reencrypt/clock";
import { converter } from "../../src/reencrypt/convert";
import type { JournalLine } from "../../src/reencrypt/journal";
import type { ObjectOutcome } from "../../src/reencrypt/outcome";
import { paced } from "../../src/reencrypt/pacing";
import { sweepUntilSettled } from "../../src/reencrypt/run";
import { Tally } from "../../src/reencrypt/tally";
import { leanStore } from "../../src/s3/lean/lean-store";
import type { ObjectStore } from "../../src/s3/object-store";
import type { Random } from "../random";
import type { Life } from "./mortal";
import type { Scheduler } from "./scheduler";
import type { Trace } from "./trace";
import { ACCOUNT, ORIGIN, type Twins, type World } from "./world";

const MOST_SWEEPS = 6;

/** Puts a mistake between the pipeline and its store, for tests of what is found. */
export type Tamper = (store: ObjectStore, world: World, bucket: string, pause: () => Promise<void>) => ObjectStore;

interface ProductProps {
  readonly world: World;
  readonly twins: Twins;
  readonly target: EncryptionTarget;
  readonly engine: "auto" | "copy";
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly random: Random;
  readonly tamper: Tamper;
  /** Whether a process that goes on knows nothing of what a killed one had begun: a mistake, for tests. */
  readonly forgetful: boolean;
}

/** The product's own pipeline and client, with the local AWS in place of the network. */
export function productOn(props: ProductProps) {
  const { world, target, engine, clock, scheduler, trace, random, tamper, forgetful } = props;
  const { traits, real } = props.twins;
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
        const { step } = trace;
        await scheduler.pause();
        if (life.isOver) trace.unsent(request, step);
        await life.goOn();
        world.pass(random.pick([1, 5, 300]));
        const death = life.next();
        if (death !== undefined) trace.killed(death);
        const isLeft = death === undefined && random.chance(0.01);
        const exchange = trace.begun(request, isLeft || death === "unheard");
        if (death === "lost") return life.end();
        if (random.chance(0.01)) throw new Error("the connection was reset before the request was sent");
        const handled = world.aws.handle(request).then((response) => {
          trace.answered(exchange, response);
          return response;
        });
        onTheirWay.push(handled);
        if (death === "unheard") return life.end();
        if (isLeft) throw new Error("the connection was reset while S3 was at work");
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
      lines.push({ t: "process", at: new Date(clock.now()).toISOString(), versions: {}, options: {} });
      const tally = new Tally();
      for (const line of lines) tally.add(line);
      const awaited = (key: string) => (forgetful ? undefined : tally.awaited(key));
      end = await Promise.race([
        life.ended,
        sweepUntilSettled({
          store,
          visit: converter({ store, target, bucket, clock, journal, engine, allowCopy: true, awaited }),
          ...{ journal, tally, prefix, versions, concurrency, onObject },
          maxSweeps: MOST_SWEEPS,
          stop: new AbortController().signal,
        }),
      ]);
    }
  };
  return { convert, onTheirWay };
}
