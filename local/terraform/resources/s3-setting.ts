import type { S3 } from "@aws-sdk/client-s3";
import { required, text, unlessMissing } from "../reading";
import type { Resource } from "../resource";
import type { ObjectValue } from "../values";

/** What every request about a bucket names. */
export interface Target {
  readonly Bucket: string;
  readonly ExpectedBucketOwner?: string;
}

/** A part of a bucket's configuration that is one document: put it, get it, delete it. */
export interface Setting extends Pick<Resource, "defaults" | "equivalent" | "unsupported"> {
  /** The error codes with which S3 says that there is none. */
  readonly missing: readonly string[];
  put(s3: S3, target: Target, planned: ObjectValue, prior: ObjectValue | null): Promise<unknown>;
  /** @returns the arguments as S3 has them; undefined if there are none */
  get(s3: S3, target: Target, state: ObjectValue): Promise<ObjectValue | undefined>;
  remove(s3: S3, target: Target, state: ObjectValue): Promise<unknown>;
}

// The SDK's types list the values of today; S3 itself judges what the configuration says.
export const anyOf = <Known extends string>(value: string): Known => value as Known;

export function setting(of: Setting): Resource {
  const target = (value: ObjectValue): Target => ({
    Bucket: required(value, "bucket"),
    ExpectedBucketOwner: text(value["expected_bucket_owner"]),
  });
  return {
    forcesReplacement: ["bucket", "expected_bucket_owner"],
    defaults: of.defaults,
    equivalent: of.equivalent,
    unsupported: of.unsupported,
    imported(id) {
      const [bucket = id, owner = null] = id.split(",");
      return { id, bucket, ...(owner && { expected_bucket_owner: owner }) };
    },
    async create(session, planned) {
      const { Bucket, ExpectedBucketOwner } = target(planned);
      await of.put(await session.s3(planned), target(planned), planned, null);
      return { id: ExpectedBucketOwner ? `${Bucket},${ExpectedBucketOwner}` : Bucket };
    },
    async update(session, planned, prior) {
      await of.put(await session.s3(planned), target(planned), planned, prior);
    },
    async read(session, state) {
      const found = of.get(await session.s3(state), target(state), state);
      const shown = await unlessMissing(found, "NoSuchBucket", ...of.missing);
      return shown ? { ...state, ...shown } : null;
    },
    async delete(session, state) {
      await unlessMissing(of.remove(await session.s3(state), target(state), state), "NoSuchBucket", ...of.missing);
    },
  };
}
