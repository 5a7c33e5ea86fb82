import { type Findings, runHistories } from "./many";

/** Asked of a process that runs histories, which answers with what it found. */
export interface Lot {
  readonly firstSeed: number;
  readonly histories: number;
}

process.on("SIGINT", () => undefined); // Ctrl-C is for the process that asks: what has begun is finished
process.on("message", ({ firstSeed, histories }: Lot) => {
  runHistories(firstSeed, histories).then(
    (found: Findings) => process.send?.(found),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
