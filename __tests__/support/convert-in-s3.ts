import { converter } from "../../src/reencrypt/convert";
import type { Interval } from "../../src/reencrypt/intervals";
import type { OpenRunProps } from "../../src/reencrypt/open-run";
import { sweepUntilSettled } from "../../src/reencrypt/run";
import { Tally } from "../../src/reencrypt/tally";
import { sdkStore } from "../../src/s3/sdk-store";
import { account, type LegacyBucket } from "./legacy-bucket";
import { processLine } from "./next-process";
import { kill, type RunsProcess } from "./runs-in-s3";

export interface ConversionProps extends Partial<OpenRunProps> {
  /** @default all keys */
  readonly within?: readonly Interval[];
}

/** What `at-rest reencrypt` does in one process, from opening the run to its end. */
export async function convert(bucket: LegacyBucket, process: RunsProcess, props: ConversionProps = {}): Promise<void> {
  const { within, ...opening } = props;
  const tally = new Tally();
  const { run } = await process.open({ ...opening, replay: (line) => tally.add(line) });
  await run.append(processLine);
  tally.add(processLine);
  const store = sdkStore({ client: process.client, bucket: bucket.name, expectedBucketOwner: account });
  const context = await bucket.context(bucket.kmsTarget, { store, journal: run, awaited: (key) => tally.awaited(key) });
  await sweepUntilSettled({
    ...{ store, visit: converter(context), journal: run, tally, versions: "current", concurrency: 3, maxSweeps: 5 },
    within,
    stop: new AbortController().signal,
  });
  await run.append({ t: "end", exitCode: 0 });
  await run.close();
}

export type Moment = "lost" | "unheard";

/**
 * The same, until the process is gone with one of its requests.
 *
 * @param request its number, from 0
 * @param moment whether S3 never heard of that one, or answered it to nobody
 */
export async function convertUntil(
  bucket: LegacyBucket,
  process: RunsProcess,
  request: number,
  moment: Moment,
  props?: ConversionProps,
): Promise<void> {
  let left = request;
  await new Promise<void>((gone, failed) => {
    process.fault = (asked) => {
      if (left-- > 0) return undefined;
      kill(process);
      if (moment === "lost") gone();
      else void bucket.aws.handle(asked).then(() => gone());
      return new Promise(() => undefined);
    };
    convert(bucket, process, props).then(gone, failed);
  });
  kill(process);
}

/** Keys of which S3 has changed the encryption, once for each time that it did, in order. */
export const changedKeys = ({ log }: LegacyBucket): string[] =>
  log
    .filter(
      ({ operation, status }) =>
        status === 200 && (operation === "UpdateObjectEncryption" || operation === "CopyObject"),
    )
    .map(({ key = "" }) => key)
    .sort();
