import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketWebsiteCommand,
} from "@aws-sdk/client-s3";
import { isObject, type Json } from "../fleet/policy";
import type { FurtherSettings, Setting, Tag } from "../fleet/snapshot";
import type { BucketReader } from "./bucket-traits";
import { setting } from "./settings";

const nameOf = (value: Json): string => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "";
  const named = ["ID", "Id", "Key", "Name"].map((field) => Reflect.get(value, field));
  return named.find((name): name is string => typeof name === "string") ?? "";
};

const byName = (one: Json, other: Json): number => {
  const [left, right] = [one, other].map((value) => `${nameOf(value)}\n${JSON.stringify(value)}`);
  return (left ?? "") < (right ?? "") ? -1 : 1;
};

/**
 * An answer of the SDK as JSON: without what is undefined, days and times as text.
 *
 * @param lists "sets": S3 may show the members of a list in any order, so they are put in one; "ordered": the first
 * that fits decides
 */
function toJson(value: unknown, lists: "sets" | "ordered"): Json {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    const members = value.map((one) => toJson(one, lists));
    return lists === "sets" ? members.sort(byName) : members;
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value)
      .filter(([name, inner]) => inner !== undefined && name !== "$metadata")
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(fields.map(([name, inner]) => [name, toJson(inner, lists)]));
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

/** A configuration as it is shown, or null where it says nothing. */
export function settingOf(answer: object | undefined, lists: "sets" | "ordered" = "sets"): Setting {
  const json = toJson(answer ?? {}, lists);
  return isObject(json) && Object.keys(json).length > 0 ? json : null;
}

/**
 * Reads what a snapshot has beyond policy and encryption. Only the code that says so counts as "not set".
 *
 * @throws CouldNotLook naming the permission
 */
export async function readFurtherSettings(reader: BucketReader): Promise<Omit<FurtherSettings, "defaultRetention">> {
  const { client, bucket, expectedBucketOwner } = reader;
  const at = { Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner };
  const read = (permission: string, ask: () => Promise<object>, absentCode?: string) =>
    setting(bucket, permission, ask, absentCode);
  const [lifecycle, logging, replication, notifications, website, tags] = await Promise.all([
    read(
      "s3:GetLifecycleConfiguration",
      () => client.send(new GetBucketLifecycleConfigurationCommand(at)),
      "NoSuchLifecycleConfiguration",
    ),
    read("s3:GetBucketLogging", async () => (await client.send(new GetBucketLoggingCommand(at))).LoggingEnabled ?? {}),
    read(
      "s3:GetReplicationConfiguration",
      async () => (await client.send(new GetBucketReplicationCommand(at))).ReplicationConfiguration ?? {},
      "ReplicationConfigurationNotFoundError",
    ),
    read("s3:GetBucketNotification", () => client.send(new GetBucketNotificationConfigurationCommand(at))),
    read("s3:GetBucketWebsite", () => client.send(new GetBucketWebsiteCommand(at)), "NoSuchWebsiteConfiguration"),
    readTags(reader),
  ]);
  return {
    lifecycle: settingOf(lifecycle),
    logging: settingOf(logging),
    replication: settingOf(replication),
    notifications: settingOf(notifications),
    website: settingOf(website, "ordered"),
    tags,
  };
}

async function readTags({ client, bucket, expectedBucketOwner }: BucketReader): Promise<Tag[]> {
  const answer = await setting(
    bucket,
    "s3:GetBucketTagging",
    () => client.send(new GetBucketTaggingCommand({ Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner })),
    "NoSuchTagSet",
  );
  return (answer?.TagSet ?? []).map(({ Key = "", Value = "" }) => ({ Key, Value }));
}
