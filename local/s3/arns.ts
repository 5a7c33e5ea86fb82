import { createHash } from "node:crypto";
import type { Bucket } from "./state";

export const bucketArn = (bucket: Pick<Bucket, "partition" | "name">): string =>
  `arn:${bucket.partition}:s3:::${bucket.name}`;

export const objectArn = (bucket: Bucket, key: string): string => `${bucketArn(bucket)}/${key}`;

/** The 64 hexadecimal digits by which ACLs name an account. */
export const canonicalUserId = (account: string): string =>
  createHash("sha256").update(`canonical user of account ${account}`).digest("hex");
