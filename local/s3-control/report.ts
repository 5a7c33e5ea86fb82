import { createHash } from "node:crypto";
import { putObject } from "../s3/put";
import type { Context } from "../service";
import { csvLine, encodeKey } from "./csv";
import type { Job, TaskEnd } from "./state";

const schema = "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage";

const lineOf = ({ bucket, key, versionId = "", succeeded, errorCode, httpStatus, message }: TaskEnd): string =>
  csvLine([
    bucket,
    encodeKey(key),
    versionId,
    succeeded ? "succeeded" : "failed",
    errorCode,
    String(httpStatus),
    message,
  ]);

/**
 * The completion report: one CSV of what succeeded, one of what failed, a manifest that names both, and its MD5.
 *
 * Always under SSE-S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html
 * @throws AwsError if the role may not put it
 */
export async function writeReport(context: Context, job: Job): Promise<void> {
  const { Report } = job.request;
  if (!Report?.Enabled || job.ended.length === 0) return;
  const bucket = Report.Bucket?.replace(/^arn:[^:]*:s3:::/, "") ?? "";
  const prefix = `${Report.Prefix ? `${Report.Prefix}/` : ""}job-${job.id}`;
  const put = async (key: string, text: string): Promise<void> => {
    await putObject(context, { Bucket: bucket, Key: key, Body: Buffer.from(text), ServerSideEncryption: "AES256" });
  };
  const results = [];
  for (const status of ["succeeded", "failed"] as const) {
    const ended = job.ended.filter(({ succeeded }) => succeeded === (status === "succeeded"));
    if (ended.length === 0 || (status === "succeeded" && Report.ReportScope !== "AllTasks")) continue;
    const text = ended.map(lineOf).join("");
    const key = `${prefix}/results/${createHash("sha1").update(text).digest("hex")}.csv`;
    await put(key, text);
    results.push({ TaskExecutionStatus: status, Bucket: bucket, MD5Checksum: md5(text), Key: key });
  }
  const manifest = JSON.stringify({
    Format: "Report_CSV_20180820",
    ReportCreationDate: new Date(context.now).toISOString(),
    Results: results,
    ReportSchema: schema,
  });
  await put(`${prefix}/manifest.json`, manifest);
  await put(`${prefix}/manifest.json.md5`, md5(manifest));
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
