import type { LogFacts } from "../../../../src/checks/preflight/facts";
import { parseAccessLogLine } from "../../../../src/checks/preflight/logs/access-log";
import { parseCloudTrailEvent } from "../../../../src/checks/preflight/logs/cloudtrail";
import type { Parsed } from "../../../../src/checks/preflight/logs/request";
import { UsageOf } from "../../../../src/checks/preflight/logs/usage";
import type { EncryptionTarget } from "../../../../src/fleet/fleet";
import { keyArn, roleArn } from "../arrange";
import { type AccessLogFields, accessLogLine, cloudTrailEvent, type EventFields } from "./shapes";

export const kms = { algorithm: "aws:kms", keyArn, bucketKey: true } as const;

interface Logged {
  readonly events?: readonly EventFields[];
  readonly lines?: readonly AccessLogFields[];
  readonly unread?: number;
  readonly target?: EncryptionTarget;
}

/** What logs with these requests show. */
export function logsOf({ events = [], lines = [], unread = 0, target = kms }: Logged): LogFacts {
  const usage = new UsageOf(target, roleArn);
  const add = (parsed: Parsed): void => {
    if (parsed === null || parsed === "unreadable") throw new Error("the request is none of the bucket");
    usage.add(parsed);
  };
  for (const event of events) add(parseCloudTrailEvent(JSON.stringify(cloudTrailEvent(event))));
  for (const line of lines) add(parseAccessLogLine(accessLogLine(line)));
  const sources = { cloudtrail: events.length > 0 ? ["trail"] : [], accessLogs: lines.length > 0 ? ["logs"] : [] };
  const records = events.length + lines.length;
  return { reading: { sources, files: 1, records, unread, firstUnread: [] }, usage: usage.result() };
}
