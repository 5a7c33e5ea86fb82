import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import type { HttpRequest, HttpResponse } from "../../local/service";
import type { JournalLine } from "../../src/reencrypt/journal";
import { type OpenRun, type OpenRunProps, openRun } from "../../src/reencrypt/open-run";
import type { RunStore } from "../../src/reencrypt/run-store";
import type { LeaseClock } from "../../src/reencrypt/s3-runs/lease";
import { RunObjects } from "../../src/reencrypt/s3-runs/run-objects";
import { s3Runs } from "../../src/reencrypt/s3-runs/s3-runs";
import { s3Client } from "../../src/s3/clients";
import { documents } from "../../src/s3/documents";
import { account, type LegacyBucket } from "./legacy-bucket";
import { requestHandler } from "./request-handler";

export const runsBucket = "acme-runs";

interface Timer {
  readonly process: RunsProcess;
  readonly milliseconds: number;
  readonly call: () => Promise<void>;
  next: number;
  isCalling: boolean;
}

/** A machine with a process on it that keeps its runs in S3. */
export interface RunsProcess {
  readonly name: string;
  /** Of this process: dead or stalled, none of its timers calls. */
  stalled: boolean;
  /** Called with each of its requests; answers in the place of S3, or never. @default S3 answers */
  fault: ((request: HttpRequest) => Promise<HttpResponse> | undefined) | undefined;
  readonly client: S3Client;
  readonly clock: LeaseClock;
  readonly notices: string[];
  /** @param below the prefix of the runs */
  store(below?: string): RunStore;
  objects(below?: string): RunObjects;
  open(props?: Partial<OpenRunProps>): Promise<{ run: OpenRun; replayed: JournalLine[] }>;
}

export interface RunsInS3 {
  /** The time of all machines goes on only while one of them sleeps. */
  readonly elapsed: () => number;
  process(): RunsProcess;
}

export async function runsInS3(bucket: LegacyBucket): Promise<RunsInS3> {
  await bucket.client.send(
    new CreateBucketCommand({ Bucket: runsBucket, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } }),
  );
  let now = 0;
  let processes = 0;
  const timers = new Set<Timer>();
  const sleep = async (milliseconds: number) => {
    const until = now + milliseconds;
    for (;;) {
      const due = [...timers].filter(({ next }) => next <= until).sort((a, b) => a.next - b.next)[0];
      if (!due) break;
      now = Math.max(now, due.next);
      due.next += due.milliseconds;
      if (due.process.stalled || due.isCalling) continue; // a call may itself sleep for longer than until the next one
      due.isCalling = true;
      await due.call();
      due.isCalling = false;
    }
    now = Math.max(now, until);
  };

  const process = (): RunsProcess => {
    const name = `process ${++processes}`;
    const handler = requestHandler(async (request) => (await self.fault?.(request)) ?? bucket.aws.handle(request));
    const client = s3Client({
      ...{ region: "eu-west-1", credentials: bucket.client.config.credentials, concurrency: 8 },
      requestHandler: handler,
    });
    const clock: LeaseClock = {
      now: Date.now,
      random: () => 0.5,
      elapsed: () => now,
      sleep,
      every: (milliseconds, call) => {
        const timer = { process: self, milliseconds, call, next: now + milliseconds, isCalling: false };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    };
    const objects = (below = "runs/") =>
      new RunObjects(
        documents({
          ...{ client, bucket: runsBucket, expectedBucketOwner: account, encryption: { algorithm: "AES256" } },
        }),
        clock,
        below,
      );
    const notices: string[] = [];
    const store = (below?: string) =>
      s3Runs({
        ...{ objects: objects(below), clock, holder: { id: `id-of-${name}`, name } },
        notice: (message) => notices.push(message),
      });
    const self: RunsProcess = {
      ...{ name, stalled: false, fault: undefined, client, clock, notices, store, objects },
      open: async (props = {}) => {
        const replayed: JournalLine[] = [];
        const replay = (line: JournalLine) => void replayed.push(line);
        const request = { command: "reencrypt", bucket: bucket.name };
        const at = Date.UTC(2026, 10, 22, 1, 4) + processes;
        const run = await openRun({ store: store(), request, now: at, newRun: false, replay, ...props });
        return { run, replayed };
      },
    };
    return self;
  };
  return { elapsed: () => now, process };
}

/** Nothing that a process sends from now on is answered, nor are its timers heard. */
export function kill(process: RunsProcess): void {
  process.stalled = true;
  process.fault = () => new Promise(() => undefined);
}
