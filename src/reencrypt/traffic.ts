import type { FoundLimits, Operations, Traffic } from "./pacing";
import type { RangeLimit } from "./pacing/key-ranges";

/** A process has begun to work on the run. */
export interface ProcessLine {
  readonly t: "process";
  /** ISO 8601. */
  readonly at: string;
  readonly versions: Readonly<Record<string, string>>;
  /** What may differ from one process of a run to the next. */
  readonly options: Readonly<Record<string, string | number | boolean | null>>;
}

/** What a process has sent since its last such line. What a killed one sent after it is not known. */
export interface TrafficLine {
  readonly t: "traffic";
  /** ISO 8601. */
  readonly at: string;
  readonly milliseconds: number;
  readonly objects: number;
  readonly operations: Operations;
  readonly throttled: { readonly s3: number; readonly kms: number };
  /** Requests a second, at the end of that time. */
  readonly limits: LimitsInForce;
}

export interface LimitsInForce {
  readonly reads: number;
  readonly writes: number;
  readonly kms: number;
  /** Ranges of keys with a limit of their own. */
  readonly ranges: number;
  /** Whether S3 was ever asked for more than it took; until then a limit is only where the pacing has got to. */
  readonly found: boolean;
}

const sum = (limits: readonly RangeLimit[]): number => limits.reduce((total, { rate }) => total + rate, 0);

export const inForce = ({ reads, writes, kms }: FoundLimits): LimitsInForce => ({
  reads: Math.round(sum(reads)),
  writes: Math.round(sum(writes)),
  kms: Math.round(kms),
  ranges: writes.length,
  found: [...reads, ...writes].some(({ ceiling }) => ceiling !== undefined),
});

/** Cuts what is counted up and up into what came since the last time. */
export function trafficMeter(traffic: Traffic) {
  let before: Required<Traffic> = { requests: 0, throttled: 0, throttledByKms: 0, operations: {} };
  return (): Pick<TrafficLine, "operations" | "throttled"> => {
    const { requests, throttled, throttledByKms = 0, operations: now = {} } = traffic;
    const operations: Operations = {};
    for (const name of operationNames) {
      const more = (now[name] ?? 0) - (before.operations[name] ?? 0);
      if (more > 0) operations[name] = more;
    }
    const kms = throttledByKms - before.throttledByKms;
    const s3 = throttled - before.throttled - kms;
    before = { requests, throttled, throttledByKms, operations: { ...now } };
    return { operations, throttled: { s3, kms } };
  };
}

/** By which price they go. To abort an upload costs nothing. */
export const operationKinds = {
  list: "list",
  listVersions: "list",
  listUploads: "list",
  head: "look",
  getTags: "look",
  getAcl: "look",
  hasAnnotations: "look",
  updateEncryption: "update",
  copy: "copy",
  createUpload: "copy",
  copyPart: "copy",
  completeUpload: "copy",
  abortUpload: "free",
} as const satisfies Record<keyof Operations, string>;

export type OperationKind = (typeof operationKinds)[keyof typeof operationKinds];

const isOperation = (name: string): name is keyof typeof operationKinds => name in operationKinds;
export const operationNames = Object.keys(operationKinds).filter(isOperation);

export const requestsOf = (operations: Operations, ...kinds: readonly OperationKind[]): number =>
  operationNames
    .filter((name) => kinds.length === 0 || kinds.includes(operationKinds[name]))
    .reduce((sum, name) => sum + (operations[name] ?? 0), 0);
