import { GetBucketLifecycleConfigurationCommand, type LifecycleRule } from "@aws-sdk/client-s3";
import type { BucketReader } from "./bucket-traits";
import { setting } from "./settings";

/** What a rule is about. Tags and sizes narrow it further, so that it is taken for one about all of them. */
const prefixOf = ({ Filter, Prefix }: LifecycleRule): string => Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? "";

/** Days that are whole until a date; none once it is over. @param now milliseconds since 1970 */
const daysUntil = (date: Date, now: number): number => Math.max(0, Math.floor((date.getTime() - now) / 86_400_000));

/**
 * Days after which the first rule that may be about keys with this prefix ends them, if they are written now. Null: none
 * does.
 */
export function expirationOf(rules: readonly LifecycleRule[], prefix: string, now: number): number | null {
  const days = rules
    .filter(({ Status }) => Status === "Enabled")
    .filter((rule) => prefix.startsWith(prefixOf(rule)) || prefixOf(rule).startsWith(prefix))
    .flatMap(({ Expiration: { Days, Date: date } = {} }) => Days ?? (date ? daysUntil(date, now) : []));
  return days.length === 0 ? null : Math.min(...days);
}

/** @throws CouldNotLook */
export async function readExpiration(reader: BucketReader, prefix: string, now: number): Promise<number | null> {
  const { client, bucket, expectedBucketOwner } = reader;
  const answer = await setting(
    bucket,
    "s3:GetLifecycleConfiguration",
    () =>
      client.send(
        new GetBucketLifecycleConfigurationCommand({ Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner }),
      ),
    "NoSuchLifecycleConfiguration",
  );
  return expirationOf(answer?.Rules ?? [], prefix, now);
}
