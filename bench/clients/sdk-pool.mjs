// What many a blog post advises: list the bucket, and 50 workers that copy each object onto itself, encrypted.
import { CopyObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";

const workers = 50;
const bucket = process.argv[2];
const client = new S3Client({ forcePathStyle: true });

async function* keys() {
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    for (const { Key } of page.Contents ?? []) yield Key;
  }
}

const queue = keys();
await Promise.all(
  Array.from({ length: workers }, async () => {
    for (let next = await queue.next(); !next.done; next = await queue.next()) {
      await client.send(
        new CopyObjectCommand({
          Bucket: bucket,
          Key: next.value,
          CopySource: `${bucket}/${encodeURIComponent(next.value)}`,
          ServerSideEncryption: "AES256",
        }),
      );
    }
  }),
);
