import { IAMClient } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createLocalAws, type LogEntry } from "../../../local/aws";
import type { FaultPlan } from "../../../local/faults/plan";
import type { Step } from "../../../local/service";
import { requestHandler } from "../../support/request-handler";

export const Bucket = "faulty";

/** A bucket with the object `key`, a clock that moves only when told, and a client that tries once. */
export async function faultyWorld() {
  let time = Date.parse("2026-03-01T12:00:00Z");
  let between = async (_: Step): Promise<void> => {};
  const log: LogEntry[] = [];
  const slept: number[] = [];
  const aws = createLocalAws({
    now: () => time,
    log: (entry) => log.push(entry),
    step: (step) => between(step),
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      time += milliseconds;
    },
  });
  const configuration = {
    region: "us-east-1",
    credentials: aws.addAccount("111122223333"),
    endpoint: "https://127.0.0.1",
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler: requestHandler(aws.handle),
    systemClockOffset: time - Date.now(),
  };
  const s3 = new S3Client(configuration);
  const kms = new KMSClient(configuration);
  const iam = new IAMClient(configuration);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const { ETag = "" } = await s3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "before" }));
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  log.length = 0;
  return {
    aws,
    s3,
    kms,
    iam,
    log,
    slept,
    etag: ETag,
    keyArn: KeyMetadata?.Arn ?? "",
    /** Until told otherwise: what comes in between a request's reading and its commit. */
    meanwhile: (work: () => Promise<unknown>): void => {
      between = async () => {
        between = async () => {};
        await work();
      };
    },
    pass: (milliseconds: number): void => {
      time += milliseconds;
      for (const { config } of [s3, kms, iam]) config.systemClockOffset = time - Date.now();
    },
  };
}

/** The whole of the requests of an operation. */
export const always = (operation: string, fault: string): FaultPlan => ({ rates: { [operation]: { [fault]: 1 } } });
