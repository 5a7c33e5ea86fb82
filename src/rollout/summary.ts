import type { ExitCode, TargetState, WaveState } from "./state";

export interface WaveSummary {
  readonly wave: number;
  readonly verdict: string;
  /** Null: it has not ended. */
  readonly exitCode: ExitCode | null;
  readonly stoppedBecause: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly targets: readonly TargetSummary[];
}

export interface TargetSummary {
  readonly stack: string;
  readonly account: string;
  readonly region: string;
  readonly status: TargetState["status"];
  /** The step that failed, or the last one that was done. */
  readonly lastStep: string | null;
  /** Of the steps that are done, the most serious. */
  readonly exitCode: ExitCode;
  /** Of its steps, without what lies between them. */
  readonly seconds: number;
  readonly steps: readonly { readonly name: string; readonly exitCode: ExitCode; readonly seconds: number }[];
}

const iso = (time: number): string => new Date(time).toISOString();
const bySeverity: readonly ExitCode[] = [130, 1, 2, 3];

export function summaryOf(state: WaveState): WaveSummary {
  return {
    wave: state.wave,
    verdict: verdictOf(state),
    exitCode: state.ended?.exitCode ?? null,
    stoppedBecause: state.stoppedBecause,
    startedAt: iso(state.startedAt),
    endedAt: state.ended && iso(state.ended.at),
    targets: state.targets.map(summaryOfTarget),
  };
}

function summaryOfTarget({ stack, account, region, status, steps }: TargetState): TargetSummary {
  const timed = steps.map(({ name, exitCode, startedAt, endedAt }) => ({
    name,
    exitCode,
    seconds: Math.round((endedAt - startedAt) / 1000),
  }));
  const codes = steps.map(({ exitCode }) => exitCode);
  return {
    ...{ stack, account, region, status },
    lastStep: steps.at(-1)?.name ?? null,
    exitCode: bySeverity.find((code) => codes.includes(code)) ?? 0,
    seconds: timed.reduce((sum, { seconds }) => sum + seconds, 0),
    steps: timed,
  };
}

function verdictOf({ wave, targets, ended, stoppedBecause }: WaveState): string {
  const count = (status: TargetState["status"]) => targets.filter((target) => target.status === status).length;
  const done = `${count("succeeded")} of ${targets.length} targets are done`;
  const failed = count("failed");
  if (stoppedBecause !== null) return `Wave ${wave} was stopped: ${stoppedBecause}. ${done}.`;
  if (!ended) return `Wave ${wave} has not ended: ${done}.`;
  if (failed > 0) return `Wave ${wave} has ended, and ${failed} failed inside the tolerance: ${done}.`;
  return `Wave ${wave} has ended: ${done}.`;
}

/** As columns for a terminal, a line each. */
export function tableOf({ targets }: WaveSummary): string[] {
  const rows = [
    ["target", "account", "status", "last step", "exit code", "seconds"],
    ...targets.map(({ stack, account, status, lastStep, exitCode, seconds }) => [
      stack,
      account,
      status,
      lastStep ?? "-",
      lastStep === null ? "-" : String(exitCode),
      String(seconds),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
