/** 0 all compliant; 1 some failed; 2 usage, configuration or could not look; 3 some cannot be converted; 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** An end that is the user's to act on: what is wrong, and what to do about it. */
export class Stop extends Error {
  readonly lines: readonly string[];

  /** @param wrong a line, or several: whatever strangers wrote is within one */
  constructor(
    wrong: string | readonly string[],
    readonly remedy?: string,
    readonly exitCode: ExitCode = 2,
  ) {
    const lines = typeof wrong === "string" ? [wrong] : wrong;
    super(lines.join("\n"));
    this.lines = lines;
  }
}

/** The exit code of several buckets: what asks for the most attention. */
export const worst = (codes: readonly ExitCode[]): ExitCode =>
  ([130, 1, 2, 3] as const).find((code) => codes.includes(code)) ?? 0;
