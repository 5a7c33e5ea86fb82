import { createHash } from "node:crypto";
import { contentOf, patiently, readDocument, writeDocument, writeInParts } from "../../src/reencrypt/manifest/transfer";
import type { Documents } from "../../src/s3/documents";
import type { Answer } from "../../src/s3/object-store";
import { backupBucket, worldsForTests } from "../support/backups";
import { instantClock } from "../support/legacy-bucket";

const open = worldsForTests({});
const MEBIBYTE = 1024 * 1024;
const refused = { is: "refused", status: 403, code: "AccessDenied", message: "no" } as const;

async function* chunksOf(content: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 5 * MEBIBYTE) yield content.subarray(at, at + 5 * MEBIBYTE);
}

const openUploads = ({ bucket }: Awaited<ReturnType<typeof open>>): number | undefined =>
  bucket.aws.state.s3.buckets.get(backupBucket)?.uploads.size;

test("what is larger than a part is written in parts, and is read as it was", async () => {
  const { documents } = await open();
  const content = Buffer.alloc(41 * MEBIBYTE, "0123456789a");
  const numbers: number[] = [];
  const watched: Documents = {
    ...documents,
    putPart: (request) => {
      numbers.push(request.number);
      return documents.putPart(request);
    },
  };
  const sha256 = createHash("sha256").update(content).digest("hex");
  expect(await writeInParts(watched, instantClock, "a", chunksOf(content))).toEqual({ bytes: content.length, sha256 });
  expect(numbers).toEqual([1, 2, 3]);
  const read: Uint8Array[] = [];
  for await (const piece of contentOf(documents, instantClock, "a")) read.push(piece);
  expect(Buffer.concat(read).equals(content)).toBe(true);
});

test("an upload whose end was not heard of has ended, and one that cannot go on is aborted", async () => {
  const world = await open();
  let lost = 0;
  const deaf: Documents = {
    ...world.documents,
    completeUpload: async (request) => {
      const answer = await world.documents.completeUpload(request);
      return lost++ === 0 ? { is: "unknown", cause: "the connection was reset" } : answer;
    },
  };
  await writeInParts(deaf, instantClock, "a", chunksOf(Buffer.from("content")));
  expect(lost).toBe(2);
  expect(await readDocument(world.documents, instantClock, "a")).toBe("content");

  await writeDocument(world.documents, instantClock, "small", "of one piece");
  expect(await readDocument(world.documents, instantClock, "small")).toBe("of one piece");

  const withoutParts: Documents = { ...world.documents, putPart: async () => refused };
  await expect(writeInParts(withoutParts, instantClock, "b", chunksOf(Buffer.from("content")))).rejects.toThrow(
    `s3://${backupBucket}/b could not be written: AccessDenied (403): no`,
  );
  expect(openUploads(world)).toBe(0);
});

test("what is read back as something else was not written", async () => {
  const { documents } = await open();
  const changing: Documents = {
    ...documents,
    get: async (request) => {
      const got = await documents.get(request);
      return got.is === "done" ? { ...got, value: { ...got.value, body: Buffer.from("CONTENT") } } : got;
    },
  };
  const message = /is not what was written/;
  await expect(writeInParts(changing, instantClock, "a", chunksOf(Buffer.from("content")))).rejects.toThrow(message);
  await expect(writeDocument(changing, instantClock, "a", "content")).rejects.toThrow(message);
});

test("what changes while it is read, or ends too early, is not read", async () => {
  const { documents } = await open();
  await writeInParts(documents, instantClock, "a", chunksOf(Buffer.alloc(20 * MEBIBYTE)));
  const changed: Documents = {
    ...documents,
    get: async (request) => {
      if (request.first > 0) await documents.put({ key: "a", body: Buffer.alloc(20 * MEBIBYTE, 1), contentType: "" });
      return documents.get(request);
    },
  };
  await expect(readDocument(changed, instantClock, "a")).rejects.toThrow("could not be read: PreconditionFailed (412)");
  const cut: Documents = {
    ...documents,
    get: async () => ({ is: "done", value: { body: new Uint8Array(), etag: '"1"', size: 1 } }),
  };
  await expect(readDocument(cut, instantClock, "a")).rejects.toThrow("was cut while it was read");
});

test("what is throttled, or has no clear answer, is asked for up to 8 times, and what is refused once", async () => {
  const asking = async (answers: readonly Answer<string>[]) => {
    let asked = 0;
    const answer = await patiently(instantClock, async () => answers[asked++] ?? { is: "throttled", by: "s3" });
    return { asked, answer };
  };
  const unknown = { is: "unknown", cause: "a reset" } as const;
  const done = { is: "done", value: "it" } as const;
  expect(await asking([{ is: "throttled", by: "kms" }, unknown, done])).toEqual({ asked: 3, answer: done });
  expect(await asking([])).toEqual({ asked: 8, answer: { is: "throttled", by: "s3" } });
  expect(await asking([refused])).toEqual({ asked: 1, answer: refused });
});
