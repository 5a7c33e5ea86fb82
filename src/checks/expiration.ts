import { GetBucketLifecycleConfigurationCommand, type LifecycleRule } from "@aws-sdk/client-s3";
import type { BucketReader } from "./bucket-traits";
import { setting } from "./settings";

/** What a rule is about. Tags and sizes narrow it further, so that it is taken for one about all of them. */
const prefixOf = ({ Filter, Prefix }: LifecycleRule): string => Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? "";

/** Days after which the first rule that may be about keys with this prefix ends them. Null: none does. */
export function expirationOf(rules: readonly LifecycleRule[], prefix: string): number | null {
  const days = rules
    .filter(({ Status }) => Status === "Enabled")
    .filter((rule) => prefix.startsWith(prefixOf(rule)) || prefixOf(rule).startsWith(prefix))
    .flatMap(({ Expiration }) => Expiration?.Days ?? []);
  return days.length === 0 ? null : Math.min(...days);
}

/** @throws CouldNotLook */
export async function readExpiration(reader: BucketReader, prefix: string): Promise<number | null> {
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
  return expirationOf(answer?.Rules ?? [], prefix);
}
