import type { S3Client } from "@aws-sdk/client-s3";
import type { HttpRequest, HttpResponse } from "../../local/service";
import type { CustomerKey } from "../../src/s3/customer-keys";
import { bucketEndpoint } from "../../src/s3/lean/endpoint";
import type { Send } from "../../src/s3/lean/http";
import { identity } from "../../src/s3/lean/identity";
import { leanStore } from "../../src/s3/lean/lean-store";
import type { ObjectStore } from "../../src/s3/object-store";
import { sdkStore } from "../../src/s3/sdk-store";
import { account, type LegacyBucket } from "../support/legacy-bucket";

export const storeKinds = ["sdk", "lean"] as const;
export type StoreKind = (typeof storeKinds)[number];

export interface StoreProps {
  /** Its network is the SDK store's, and its credentials and endpoint are both stores'. */
  readonly client: S3Client;
  /** The lean store's network. */
  readonly send: Send;
  readonly bucket: string;
  readonly expectedBucketOwner?: string;
  readonly customerKeys?: readonly CustomerKey[];
}

/** One of the two implementations, on the same bucket. */
export async function openStore(kind: StoreKind, props: StoreProps): Promise<ObjectStore> {
  const { client, send, bucket, expectedBucketOwner = account, customerKeys } = props;
  if (kind === "sdk") return sdkStore({ client, bucket, expectedBucketOwner, customerKeys });
  return leanStore({
    send,
    bucket,
    expectedBucketOwner,
    customerKeys,
    endpoint: await bucketEndpoint(client, bucket),
    identity: identity(client.config.credentials, Date.now),
    now: Date.now,
  });
}

/** What answers in place of the network, for the lean store as for the SDK. */
export const networkOf =
  (bucket: LegacyBucket) =>
  async (request: HttpRequest): Promise<HttpResponse> =>
    (await bucket.fault?.(request)) ?? bucket.aws.handle(request);

export const storeOf = (
  kind: StoreKind,
  bucket: LegacyBucket,
  expectedBucketOwner?: string,
  customerKeys?: readonly CustomerKey[],
): Promise<ObjectStore> =>
  openStore(kind, {
    client: bucket.client,
    send: networkOf(bucket),
    bucket: bucket.name,
    expectedBucketOwner,
    customerKeys,
  });
