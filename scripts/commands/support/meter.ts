import { version } from "../../../package.json";
import type { Journal } from "../../../src/reencrypt/journal";
import type { FoundLimits, Traffic } from "../../../src/reencrypt/pacing";
import { inForce, type ProcessLine, trafficMeter } from "../../../src/reencrypt/traffic";

const TICK_MS = 1000;
/** A short run has a report as well: at first its traffic is journaled every second, later every ten. */
const FINE_TICKS = 60;
const COARSE_TICKS = 10;

export interface MeterProps {
  readonly journal: Journal;
  readonly traffic: Traffic;
  readonly limits: () => FoundLimits;
  /** Objects that this process has been through. */
  readonly objects: () => number;
  readonly options: ProcessLine["options"];
}

const now = (): string => new Date().toISOString();

export interface Meter {
  /** Writes the rest down. */
  finish(): Promise<void>;
  cancel(): void;
}

/** Journals that a process is at work, and what it sends meanwhile. */
export async function startMeter({ journal, traffic, limits, objects, options }: MeterProps): Promise<Meter> {
  const versions = { "at-rest": version, node: process.versions.node };
  const sent = trafficMeter(traffic);
  let since = performance.now();
  let seen = 0;
  const line = () => {
    const [moment, all] = [performance.now(), objects()];
    const [milliseconds, more] = [Math.round(moment - since), all - seen];
    since = moment;
    seen = all;
    return { t: "traffic", at: now(), milliseconds, objects: more, ...sent(), limits: inForce(limits()) } as const;
  };
  await journal.append({ t: "process", at: now(), versions, options });
  let ticks = 0;
  const timer = setInterval(() => {
    if (++ticks > FINE_TICKS && ticks % COARSE_TICKS > 0) return;
    // Whatever is wrong with the journal the next page meets too, and it is the page that has to be written.
    journal.append(line()).catch(() => undefined);
  }, TICK_MS);
  timer.unref();
  const cancel = () => clearInterval(timer);
  return {
    cancel,
    finish: async () => {
      cancel();
      await journal.append(line());
    },
  };
}
