import type { EncryptionTarget } from "../../fleet/fleet";
import { reportedSample } from "../batch/reported-sample";
import { type Cost, costOf, expectedOperations } from "../cost/cost";
import { virginia } from "../cost/prices";
import type { RefusalReason } from "../decide";
import type { Group } from "../groups";
import type { RunRequest } from "../open-run";
import { type Counts, exceptionCount, type Outcome } from "../outcome";
import type { Operations } from "../pacing";
import type { SampleFinding } from "../sample-finding";
import { type LimitsInForce, requestsOf } from "../traffic";
import type { Digest } from "./digest";
import { type Command, commands, type Standing, verdict } from "./verdict";
import { shardInWords } from "./words";

/** Objects and bytes under one encryption, which is named in words. */
export interface Share {
  readonly encryption: string;
  readonly objects: number;
  readonly bytes: number;
}

export interface PrefixCounts {
  /** Empty for keys without a slash; null for the rest. */
  readonly prefix: string | null;
  readonly objects: number;
  readonly bytes: number;
  readonly counts: Counts;
}

/** `report/summary.json`: all that the journal says of a run but for the names of its objects. */
export interface Summary extends Standing {
  readonly format: 1;
  readonly run: string;
  readonly bucket: string;
  readonly verdict: string;
  readonly request: RunRequest;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly lastAt: string | null;
  readonly counts: Counts;
  readonly because: Readonly<Partial<Record<RefusalReason, number>>>;
  readonly exceptions: number;
  /** Where objects rest on a job's completion report: what reading back some of them says of all. */
  readonly sample?: SampleFinding;
  /** At the first look, and at the last look of the last sweep. */
  readonly before: readonly Share[];
  readonly after: readonly Share[];
  readonly prefixes: readonly PrefixCounts[];
  /** At work, without the time between processes. */
  readonly seconds: number;
  /** Objects that were visited, in all sweeps. */
  readonly visits: number;
  readonly processes: number;
  readonly operations: Operations;
  readonly requests: number;
  readonly throttled: { readonly s3: number; readonly kms: number };
  readonly limits: LimitsInForce | null;
  /** Of what was sent. */
  readonly cost: Cost;
  /** Of a dry run: what the run itself is expected to cost. */
  readonly estimate?: Cost;
  readonly versions: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string | number | boolean | null>>;
}

/** What a run's directory says of it besides its journal. */
export interface RunFacts {
  readonly id: string;
  readonly request: RunRequest;
  readonly startedAt: string;
}

const textOf = (value: RunRequest[string] | undefined): string => (typeof value === "string" ? value : "");

export function targetOf({ algorithm, keyArn, bucketKey }: RunRequest): EncryptionTarget {
  if (algorithm === "aws:kms") return { algorithm, keyArn: textOf(keyArn), bucketKey: bucketKey === true };
  if (algorithm === "aws:kms:dsse") return { algorithm, keyArn: textOf(keyArn) };
  return { algorithm: "AES256" };
}

const commandOf = ({ command }: RunRequest): Command => commands.find((known) => known === command) ?? "reencrypt";

function standingOfRun(digest: Digest, { request }: RunFacts): Standing {
  const { exitCode, converted, sweeps } = digest;
  const dryRun = request["dryRun"] === true;
  const sampled = typeof request["sample"] === "number";
  const named = sweeps < digest.tally.firstWhole;
  const standing = {
    ...{ command: commandOf(request), dryRun, sweeps },
    ...(sampled && { sampled }),
    ...(named && { named }),
  };
  if (exitCode === undefined) return { ...standing, ended: "stopped", exitCode: 130 };
  const settled = (converted.at(-1) ?? 0) === 0 && sweeps >= digest.tally.firstWhole;
  return { ...standing, ended: settled ? "settled" : converted.length === 1 ? "swept" : "unsettled", exitCode };
}

/** @param digest of the whole journal */
export function summarize(digest: Digest, facts: RunFacts): Summary {
  const { found, operations, sweeps, samples, processes } = digest;
  const { request } = facts;
  const standing = standingOfRun(digest, facts);
  const process = processes.at(-1);
  const target = targetOf(request);
  const changed = digest.finalGroups.filter(({ outcome }) => changes.has(outcome));
  const common = { changed, target, keepsVersions: process?.options["versioning"] === "Enabled" };
  const sum = (of: (sample: (typeof samples)[number]) => number) =>
    samples.reduce((total, sample) => total + of(sample), 0);
  const first = digest.firstGroups;
  const lists = requestsOf(operations, "list");
  return {
    format: 1,
    ...standing,
    verdict: `${shardInWords(request)}${verdict(standing, found.counts)}`,
    run: facts.id,
    bucket: textOf(request["bucket"]),
    request,
    startedAt: facts.startedAt,
    lastAt: digest.lastAt ?? null,
    counts: found.counts,
    because: found.because,
    exceptions: exceptionCount(found.counts),
    sample: reportedSample(found.counts),
    before: sharesOf(first, ({ before }) => before),
    after: sharesOf(digest.groups(sweeps), ({ after }) => after),
    prefixes: prefixesOf(digest.finalGroups),
    seconds: Number((digest.workedMs / 1000).toFixed(1)),
    visits: sum(({ objects }) => objects),
    processes: processes.length,
    operations,
    requests: requestsOf(operations),
    throttled: { s3: sum(({ throttledByS3 }) => throttledByS3), kms: sum(({ throttledByKms }) => throttledByKms) },
    limits: samples.at(-1)?.limits ?? null,
    cost: costOf({ ...common, ...(standing.dryRun && { changed: [] }), operations }, virginia),
    ...(standing.dryRun && {
      estimate: costOf({ ...common, operations: expectedOperations(first, lists) }, virginia),
    }),
    versions: process?.versions ?? {},
    options: process?.options ?? {},
  };
}

const changes: ReadonlySet<Outcome> = new Set([
  "updated",
  "copied",
  "copiedInParts",
  "notAsBefore",
  "backedUp",
  "restored",
]);

/** Objects that are gone have no encryption to count. */
function sharesOf(groups: readonly Group[], of: (group: Group) => string | null): Share[] {
  const shares = new Map<string, { objects: number; bytes: number }>();
  for (const group of groups) {
    if (group.outcome === "gone") continue;
    const encryption = of(group) ?? "not seen";
    const share = shares.get(encryption) ?? { objects: 0, bytes: 0 };
    shares.set(encryption, { objects: share.objects + group.objects, bytes: share.bytes + group.bytes });
  }
  const all = [...shares].map(([encryption, share]) => ({ encryption, ...share }));
  return all.sort((a, b) => b.objects - a.objects || (a.encryption < b.encryption ? -1 : 1));
}

function prefixesOf(groups: readonly Group[]): PrefixCounts[] {
  const byPrefix = new Map<
    string | null,
    { objects: number; bytes: number; counts: Partial<Record<Outcome, number>> }
  >();
  for (const { prefix, objects, bytes, outcome } of groups) {
    const sum = byPrefix.get(prefix) ?? { objects: 0, bytes: 0, counts: {} };
    sum.objects += objects;
    sum.bytes += bytes;
    sum.counts[outcome] = (sum.counts[outcome] ?? 0) + objects;
    byPrefix.set(prefix, sum);
  }
  const all = [...byPrefix].map(([prefix, sum]) => ({ prefix, ...sum }));
  return all.sort((a, b) => b.objects - a.objects || ((a.prefix ?? "") < (b.prefix ?? "") ? -1 : 1));
}
