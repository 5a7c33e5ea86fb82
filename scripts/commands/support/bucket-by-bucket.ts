import type { Connection } from "./connect";
import { type ExitCode, Stop, worst } from "./stop";
import { sayStop } from "./terminal";

type Looked = Pick<Connection, "work" | "account">;

/** Buckets that were looked at, and what is done to each. */
interface Turns<T> {
  readonly command: "backup" | "reencrypt";
  readonly prepared: readonly T[];
  readonly run: (one: T) => Promise<ExitCode>;
  /** One document for a bucket that ended before it had any. */
  readonly json: boolean;
}

/**
 * Works on one bucket after the other, until it is interrupted. What ends the work on one is the result of that bucket,
 * and hides no other.
 */
export async function bucketByBucket<T extends { readonly connection: Looked }>(turns: Turns<T>): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  for (const one of turns.prepared) {
    const code = await turns.run(one).catch((error: unknown) => ended(one.connection, turns, error));
    codes.push(code);
    if (code === 130) break;
  }
  const code = worst(codes);
  // 2 says that nothing was touched.
  return code === 2 && codes.some((other) => other !== 2) ? 1 : code;
}

function ended(
  { work, account }: Looked,
  { command, json }: Pick<Turns<never>, "command" | "json">,
  error: unknown,
): ExitCode {
  if (!(error instanceof Stop)) throw error;
  const { message, remedy = null, exitCode } = error;
  const { bucket, region } = work;
  sayStop(bucket, error);
  if (json) {
    const document = { command, bucket, region, account, errors: [message], remedy, exitCode };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  }
  return exitCode;
}
