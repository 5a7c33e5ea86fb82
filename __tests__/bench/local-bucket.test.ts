import { bucketName, keyOf } from "../../bench/servers/keys";
import { localBucket } from "../../bench/servers/local-bucket";
import type { Filling } from "../../bench/servers/protocol";
import { signed, type Unsigned } from "../../bench/signed";
import { canonicalUserId } from "../../local/s3/arns";

const objects = 40;
const all = Array.from({ length: objects }, (_, number) => `/${bucketName}/${keyOf(number)}`);
const shareOf = (divisor: number): number => Math.ceil(objects / divisor);

async function filled(filling: Filling) {
  const bucket = await localBucket(objects, filling);
  const send = async (unsigned: Unsigned) => {
    const answer = await bucket.aws.handle(signed("https://127.0.0.1", unsigned, bucket.credentials));
    if (answer.status > 204) throw new Error(Buffer.from(answer.body).toString());
  };
  const update = (path: string, keyArn = bucket.keyArn) =>
    send({
      method: "PUT",
      path,
      query: "encryption=",
      body: `<ObjectEncryption><SSE-KMS><KMSKeyArn>${keyArn}</KMSKeyArn><BucketKeyEnabled>true</BucketKeyEnabled></SSE-KMS></ObjectEncryption>`,
    });
  const copy = (path: string, headers: Record<string, string> = {}) =>
    send({
      method: "PUT",
      path,
      headers: { "x-amz-copy-source": path, "x-amz-server-side-encryption": "AES256", ...headers },
    });
  return { ...bucket, send, update, copy };
}

test("after an update of every object nothing is lost, and each one that was looked at again is told", async () => {
  const { update, send, look } = await filled("AES256");
  for (const path of all) await send({ method: "HEAD", path });
  for (const path of all) await update(path);
  for (const path of all.slice(5)) await send({ method: "HEAD", path });
  expect(await look("aws:kms")).toEqual({
    requests: { UpdateObjectEncryption: objects, HeadObject: 2 * objects - 5 },
    converted: objects,
    readBack: objects - 5,
    lost: {},
  });
});

test("what a careless copy loses is counted, object by object", async () => {
  const { copy, look } = await filled("none");
  for (const path of all) await copy(path);
  expect(await look("AES256")).toMatchObject({
    converted: objects,
    readBack: 0,
    lost: { "storage class": shareOf(11), "website redirect": shareOf(19), ACL: shareOf(17) },
  });
});

test("each aspect of an object is looked at", async () => {
  const { copy, send, look } = await filled("none");
  const [first = "", second = "", third = "", fourth = ""] = all;
  const keep = { "x-amz-storage-class": "STANDARD_IA", "x-amz-website-redirect-location": "/moved/to/here" };
  await copy(first, { ...keep, "x-amz-metadata-directive": "REPLACE", "x-amz-tagging-directive": "REPLACE" });
  await send({ method: "PUT", path: second, headers: { "content-type": "text/plain; charset=utf-8" }, body: "new" });
  await send({ method: "DELETE", path: third });
  await send({
    method: "PUT",
    path: fourth,
    query: "acl=",
    headers: { "x-amz-grant-read": `id=${canonicalUserId("444455556666")}` },
  });
  expect((await look("AES256")).lost).toEqual({ metadata: 1, headers: 1, tags: 1, ACL: 2, content: 1, object: 1 });
});

test("another key is not the key that was asked for", async () => {
  const [mine, other] = [await filled("AES256"), await filled("AES256")];
  for (const path of all) await mine.update(path);
  expect(other.keyArn).not.toBe(mine.keyArn);
  expect(await mine.look("AES256")).toMatchObject({ converted: 0 });
  expect(await mine.look("aws:kms")).toMatchObject({ converted: objects });
});
