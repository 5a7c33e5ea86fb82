import { createHash } from "node:crypto";
import type { JobDescriptor } from "@aws-sdk/client-s3-control";
import { readCompletionReport, UnreliableReport } from "../../src/reencrypt/batch/completion-report";
import { type FollowContext, runJob } from "../../src/reencrypt/batch/follow";
import { jobRequest, jobSources, type KmsTarget } from "../../src/reencrypt/batch/job-request";
import type { ObjectId } from "../../src/s3/object-store";

const keyArn = "arn:aws:kms:eu-west-1:111111111111:key/target";
const other = "arn:aws:kms:eu-west-1:111111111111:key/other";
const target: KmsTarget = { algorithm: "aws:kms", keyArn, bucketKey: true };

const plan = (run: string, source = jobSources(target, [])[0]) => {
  if (!source) throw new Error("no source");
  return jobRequest({
    ...{ run, partition: "aws", account: "111111111111", bucket: "data", target, source },
    ...{ roleArn: "arn:aws:iam::111111111111:role/jobs", reportBucket: "reports", reportPrefix: "p" },
  });
};

describe("what jobs are asked to do", () => {
  test("one job for each kind of encryption that a filter can name, and none for objects that are right already", () => {
    expect(jobSources(target, [other, keyArn, other]).map(({ filter }) => filter)).toEqual([
      { SSES3: {} },
      { SSEKMS: { KmsKeyArn: other } },
      { SSEKMS: { KmsKeyArn: keyArn, BucketKeyEnabled: false } },
    ]);
  });

  test("the same run asks for the same job, another run or kind for another", () => {
    const [first, second] = jobSources(target, [other]);
    const tokens = [plan("run", first), plan("run", second), plan("other", first)].map((one) => one.ClientRequestToken);
    expect(new Set(tokens).size).toBe(3);
    expect(plan("run", first)).toEqual(plan("run", first));
    for (const token of tokens) expect(token).toMatch(/^.{1,64}$/);
  });

  test("the full key ARN and the bucket key are always said, and the job waits to be confirmed", () => {
    expect(plan("run")).toMatchObject({
      ConfirmationRequired: true,
      Operation: {
        S3UpdateObjectEncryption: { ObjectEncryption: { SSEKMS: { KMSKeyArn: keyArn, BucketKeyEnabled: true } } },
      },
    });
  });
});

describe("a job that is followed", () => {
  /** A service whose job shows these in turn; what was asked of it is in `asked`. */
  function service(looks: readonly (JobDescriptor | Error)[]) {
    const asked: string[] = [];
    let at = 0;
    const stop = new AbortController();
    const context: FollowContext = {
      service: {
        create: async () => "id",
        describe: async () => {
          const look = looks[Math.min(at++, looks.length - 1)];
          if (look instanceof Error) throw look;
          return look ?? {};
        },
        confirm: async () => void asked.push("confirm"),
        cancel: async () => void asked.push("cancel"),
      },
      clock: { now: () => 0, sleep: async () => undefined, random: () => 0 },
      stop: stop.signal,
      agree: async ({ total }) => void asked.push(`agree to ${total}`),
      tell: () => undefined,
    };
    return { asked, stop, context };
  }
  const shows = (Status: JobDescriptor["Status"], total = 2, failed = 0): JobDescriptor => ({
    Status,
    ProgressSummary: {
      TotalNumberOfTasks: total,
      NumberOfTasksSucceeded: total - failed,
      NumberOfTasksFailed: failed,
    },
  });

  test("is agreed to with its number of objects before it may run", async () => {
    const { asked, context } = service([shows("Preparing", 0), shows("Suspended"), shows("Active"), shows("Complete")]);
    expect(await runJob(plan("run"), context)).toMatchObject({ is: "complete", job: { total: 2, succeeded: 2 } });
    expect(asked).toEqual(["agree to 2", "confirm"]);
  });

  test("is cancelled when nobody agrees", async () => {
    const { asked, context } = service([shows("Suspended")]);
    const agree = () => Promise.reject(new Error("no"));
    await expect(runJob(plan("run"), { ...context, agree })).rejects.toThrow("no");
    expect(asked).toEqual(["cancel"]);
  });

  test.each<[string, readonly JobDescriptor[], readonly string[]]>([
    [
      "it waits with an empty manifest, and is cancelled",
      [shows("Suspended", 0), { ...shows("Cancelled", 0), SuspendedDate: new Date(0) }],
      ["cancel"],
    ],
    [
      "S3 made no manifest since nothing fits",
      [{ ...shows("Failed", 0), FailureReasons: [{ FailureReason: "No keys found matching the filter criteria" }] }],
      [],
    ],
  ])("has nothing to do where %s", async (_name, looks, expected) => {
    const { asked, context } = service(looks);
    expect(await runJob(plan("run"), context)).toMatchObject({ is: "empty" });
    expect(asked).toEqual(expected);
  });

  test.each<[string, readonly JobDescriptor[]]>([
    ["its manifest was made", [shows("Preparing", 0), shows("Cancelled", 0)]],
    ["anybody had agreed", [shows("Suspended"), { ...shows("Cancelled"), SuspendedDate: new Date(0) }]],
    ["it was done", [shows("Active"), shows("Cancelling"), shows("Cancelled", 2, 1)]],
  ])("was cancelled by somebody else before %s", async (_name, looks) => {
    expect(await runJob(plan("run"), service(looks).context)).toMatchObject({ is: "cancelled" });
  });

  test("that somebody confirms in the console while we ask is followed, and one that stays suspended is an error", async () => {
    const refuse = async (): Promise<void> => Promise.reject(new Error("JobStatusException"));
    const confirmed = service([shows("Suspended"), shows("Active"), shows("Complete")]).context;
    const withRefusal = { ...confirmed, service: { ...confirmed.service, confirm: refuse } };
    expect(await runJob(plan("run"), withRefusal)).toMatchObject({ is: "complete" });
    const suspended = service([shows("Suspended")]).context;
    const forever = { ...suspended, service: { ...suspended.service, confirm: refuse } };
    await expect(runJob(plan("run"), forever)).rejects.toThrow("JobStatusException");
  });

  test("has failed, with AWS's reasons, where its role has no rights", async () => {
    const FailureReasons = [{ FailureCode: "AccessDenied", FailureReason: "no rights" }];
    const { context } = service([{ ...shows("Failed", 0), FailureReasons }]);
    expect(await runJob(plan("run"), context)).toMatchObject({
      is: "failed",
      job: { reasons: ["AccessDenied: no rights"] },
    });
  });

  test("is still followed after a few looks that failed, and given up after many", async () => {
    const down = new Error("503");
    expect(await runJob(plan("run"), service([down, down, shows("Complete")]).context)).toMatchObject({
      is: "complete",
    });
    await expect(runJob(plan("run"), service([down]).context)).rejects.toThrow("503");
  });
});

describe("a completion report", () => {
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const succeeded = "data,a,,succeeded,,200,Successful\n";
  const failed = 'data,b%20c,v1,failed,AccessDenied,403,"no, ""never"""\n';
  const files = (changes: Readonly<Record<string, string | undefined>> = {}): Record<string, string | undefined> => {
    const manifest = JSON.stringify({
      Format: "Report_CSV_20180820",
      ReportCreationDate: "2026-11-27T00:00:00.000Z",
      Results: [
        { TaskExecutionStatus: "succeeded", Bucket: "reports", MD5Checksum: md5(succeeded), Key: "s.csv" },
        { TaskExecutionStatus: "failed", Bucket: "reports", MD5Checksum: md5(failed), Key: "f.csv" },
      ],
      ReportSchema: "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage",
    });
    return {
      "p/job-id/manifest.json": manifest,
      "p/job-id/manifest.json.md5": md5(manifest),
      "s.csv": succeeded,
      "f.csv": failed,
      ...changes,
    };
  };
  const read = (
    all: Record<string, string | undefined>,
    source = "data",
    succeeded?: (object: ObjectId) => Promise<void>,
  ) =>
    readCompletionReport({
      ...{ bucket: "reports", prefix: "p", job: "id", source, succeeded },
      read: async (key) => {
        const text = all[key];
        if (text === undefined) throw new Error(`no ${key}`);
        return (async function* () {
          yield Buffer.from(text);
        })();
      },
    });

  test("is counted, and its failures are told apart with an example of each", async () => {
    expect(await read(files())).toEqual({
      succeeded: 1,
      failed: 1,
      failures: [{ code: "AccessDenied", status: "403", objects: 1, example: { key: "b c", message: 'no, "never"' } }],
    });
  });

  test.each<[string, Record<string, string | undefined>]>([
    ["is missing", files({ "p/job-id/manifest.json": undefined })],
    ["has a manifest that was edited", files({ "p/job-id/manifest.json.md5": md5("another") })],
    ["has a result that is missing", files({ "s.csv": undefined })],
    ["has a result that was cut", files({ "f.csv": failed.slice(0, -3) })],
    ["has a result that was cut at a line's end", files({ "s.csv": "" })],
  ])("that %s cannot be relied on", async (_name, all) => {
    await expect(read(all)).rejects.toThrow(UnreliableReport);
  });

  test("of another bucket's objects, or whose results are said to be elsewhere, cannot be relied on", async () => {
    await expect(read(files(), "other")).rejects.toThrow("is no line of this job");
    const elsewhere = (files()["p/job-id/manifest.json"] ?? "").replace('"Bucket":"reports"', '"Bucket":"theirs"');
    const all = files({ "p/job-id/manifest.json": elsewhere, "p/job-id/manifest.json.md5": md5(elsewhere) });
    await expect(read(all)).rejects.toThrow("a result is in s3://theirs, not in s3://reports");
  });

  test("names what succeeded, with its version", async () => {
    const text = `${succeeded}data,b%2Cc,v1,succeeded,,200,Successful\n`;
    const manifest = (files()["p/job-id/manifest.json"] ?? "").replace(md5(succeeded), md5(text));
    const all = {
      ...files(),
      "s.csv": text,
      "p/job-id/manifest.json": manifest,
      "p/job-id/manifest.json.md5": md5(manifest),
    };
    const named: object[] = [];
    await read(all, "data", async (object) => void named.push(object));
    expect(named).toEqual([{ key: "a" }, { key: "b,c", versionId: "v1" }]);
  });
});
