import type { ObjectStore } from "../s3/object-store";
import type { Interval } from "./intervals";
import type { Journal, JournalLine } from "./journal";
import { abort } from "./multipart-copy";
import { converted, type ObjectOutcome } from "./outcome";
import { sweep, type Visit } from "./sweep";
import type { Tally } from "./tally";

export interface RunProps {
  /** What is listed. */
  readonly store: ObjectStore;
  /**
   * Objects that an inventory names, as a store that lists nothing else: the first sweep goes through them alone, and
   * sweeps of everything follow. Asked for once, before that sweep begins or goes on. @default everything is listed
   */
  readonly inventory?: () => Promise<ObjectStore | undefined>;
  /** Where the visits write, so that uploads of an interrupted process are there. @default the store that is listed */
  readonly destination?: ObjectStore;
  readonly visit: Visit;
  readonly journal: Journal;
  /** With the lines of an interrupted process of this run already added. */
  readonly tally: Tally;
  readonly prefix?: string;
  /** Intervals of keys that are this run's; all others are left alone. @default all keys */
  readonly within?: readonly Interval[];
  readonly versions: "current" | "all";
  /** @default false */
  readonly deleteMarkers?: boolean;
  readonly concurrency: number;
  /** Sweeps after which the run ends although the last one still converted something. 1 leaves that to an audit. */
  readonly maxSweeps: number;
  readonly stop: AbortSignal;
  /** What has to be waited for before the first sweep. @default nothing */
  readonly ready?: () => Promise<void>;
  /** Told of an upload of an interrupted process that could not be aborted. @default nobody */
  readonly notice?: (message: string) => void;
  /** @default false */
  readonly logObjects?: boolean;
  readonly onObject?: (outcome: ObjectOutcome) => void;
}

export type RunEnd =
  /** The last sweep found nothing to do. */
  | { readonly is: "settled"; readonly sweeps: number }
  /** One sweep was asked for, and one was made. */
  | { readonly is: "swept"; readonly sweeps: number }
  /** Every sweep found more to do: something still writes with another encryption. */
  | { readonly is: "unsettled"; readonly sweeps: number }
  | { readonly is: "stopped"; readonly sweeps: number };

/**
 * Sweeps until a sweep converted nothing, since objects may have been written the old way behind the sweep's back.
 *
 * @throws ListRefused if the bucket cannot be listed
 */
export async function sweepUntilSettled(props: RunProps): Promise<RunEnd> {
  const { destination = props.store, journal, tally, maxSweeps, stop } = props;
  const write = async (line: JournalLine) => {
    await journal.append(line);
    tally.add(line);
  };
  // Only uploads that this run began are ever aborted.
  for (const upload of tally.openUploads) {
    const why = await abort(destination, upload);
    if (why !== undefined) props.notice?.(why);
  }
  // An interrupted process had been through all of it, and had something left to do at the end.
  const isSettled = (sweep: number) => sweep >= tally.firstWhole && converted(tally.of(sweep).counts) === 0;
  if (tally.sweep > maxSweeps) return endAfter(maxSweeps, isSettled(maxSweeps), maxSweeps);
  await props.ready?.();
  const inventory = tally.sweep === 1 ? await props.inventory?.() : undefined;

  for (;;) {
    const number = tally.sweep;
    const listed = inventory && number === 1 ? { store: inventory, from: "inventory" as const } : {};
    await sweep({
      ...{ ...props, ...listed, sweep: number, process: tally.processes, covered: tally.covered },
      onPage: (line) => tally.add(line),
    });
    if (stop.aborted) return { is: "stopped", sweeps: number };
    await write({ t: "sweep", sweep: number, converted: tally.converted() });
    if (isSettled(number) || number >= maxSweeps) return endAfter(number, isSettled(number), maxSweeps);
  }
}

function endAfter(sweeps: number, isSettled: boolean, maxSweeps: number): RunEnd {
  if (isSettled) return { is: "settled", sweeps };
  return { is: maxSweeps === 1 ? "swept" : "unsettled", sweeps };
}
