import type { Report } from "../report";
import type { Ran, Result } from "./run";

/** What a result comes to, an object. */
export interface Figures {
  /** The whole process, from its start to its end. */
  readonly objectsPerSecond: number;
  readonly cpuMicroseconds: number;
  /** Without what the same command takes for a bucket of one object. */
  readonly objectsPerSecondRunning: number;
  readonly cpuMicrosecondsRunning: number;
  /** As the server counted them, an object. */
  readonly requests: number;
  readonly peakMegabytes: number;
  /** Share of the time for which the server was at work: near 1, it is the server that was measured. */
  readonly serverBusy: number;
}

export function figuresOf({
  objects,
  start,
  whole,
  found,
}: Pick<Result, "objects" | "start" | "whole" | "found">): Figures {
  const others = objects - 1;
  return {
    objectsPerSecond: objects / whole.seconds,
    cpuMicroseconds: (whole.cpuSeconds * 1e6) / objects,
    objectsPerSecondRunning: others / (whole.seconds - start.seconds),
    cpuMicrosecondsRunning: ((whole.cpuSeconds - start.cpuSeconds) * 1e6) / others,
    requests: Object.values(found.requests).reduce((sum, count) => sum + count, 0) / objects,
    peakMegabytes: whole.peakBytes / 1e6,
    serverBusy: found.cpuMicroseconds / 1e6 / whole.seconds,
  };
}

/** What a client has verified or lost, in words. */
export function whatCameOfIt({ objects, whole, found }: Pick<Result, "objects" | "whole" | "found">): string {
  const { converted, readBack, lost = {} } = found;
  const words = [
    ...(whole.exitCode === 0 ? [] : [`exit code ${whole.exitCode}`]),
    ...(converted === objects ? [] : [`${objects - converted} not converted`]),
    readBack === objects ? "all read back" : readBack === 0 ? "none read back" : `${readBack} read back`,
    ...Object.entries(lost).map(([aspect, count]) => `${aspect} of ${count} lost`),
  ];
  return words.join(", ");
}

const noFigures = {
  client: undefined,
  "objects/s": undefined,
  "us CPU": undefined,
  "running: objects/s": undefined,
  "running: us CPU": undefined,
  requests: undefined,
  "MB peak": undefined,
  "server busy": undefined,
};

/** Names of columns are short, so that a terminal holds them: docs/performance.md says what they are. */
export function rowOf(ran: Ran): Report["rows"][number] {
  if ("missing" in ran) return { ...noFigures, client: ran.client, outcome: `${ran.missing} is not installed` };
  if (ran.whole.exitCode !== 0) return { ...noFigures, client: ran.client, outcome: whatCameOfIt(ran) };
  const figures = figuresOf(ran);
  return {
    client: ran.client,
    "objects/s": Math.round(figures.objectsPerSecond),
    "us CPU": Math.round(figures.cpuMicroseconds),
    "running: objects/s": Math.round(figures.objectsPerSecondRunning),
    "running: us CPU": Math.round(figures.cpuMicrosecondsRunning),
    requests: Number(figures.requests.toFixed(2)),
    "MB peak": Math.round(figures.peakMegabytes),
    "server busy": `${Math.round(figures.serverBusy * 100)} %`,
    outcome: whatCameOfIt(ran),
  };
}
