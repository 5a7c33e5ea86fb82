import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { compareKeys } from "../../../src/reencrypt/intervals";
import { KeyFile, writeKeyFile } from "../../../src/reencrypt/inventory/key-file";
import { UnreadableInventory } from "../../../src/reencrypt/inventory/manifest";
import type { ObjectId } from "../../../src/s3/object-store";

const directory = mkdtempSync(join(tmpdir(), "key-file-"));
const path = join(directory, "objects");
afterAll(() => rmSync(directory, { recursive: true }));

const never = new AbortController().signal;
const one = ({ key, versionId }: ObjectId): ObjectId => (versionId === undefined ? { key } : { key, versionId });

async function* each(objects: readonly ObjectId[]): AsyncGenerator<ObjectId> {
  yield* objects;
}

async function written(objects: readonly ObjectId[], inMemory?: number): Promise<KeyFile> {
  await writeKeyFile(each(objects), { path, stop: never, inMemory });
  return KeyFile.open(path);
}

/** Page by page, as a listing asks for them. */
async function allOf(file: KeyFile, limit: number): Promise<ObjectId[]> {
  const all: ObjectId[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = await file.after(last?.key, last && (last.versionId ?? ""), limit);
    if (last && page[0]) expect(inOrder(last, page[0])).toBeLessThan(0); // or it would never end
    all.push(...page);
    if (page.length < limit) return all;
  }
}

const inOrder = (left: ObjectId, right: ObjectId): number =>
  compareKeys(left.key, right.key) || compareKeys(left.versionId ?? "", right.versionId ?? "");

const key = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 4 }),
  // Control characters end a key and a line; the others are where UTF-8 and UTF-16 have different orders.
  fc.constantFrom("a", "a\0", "a\n", "a\nb", "a\u0001", "a\u000f", "a\u0010", "ab", "\0", "\uffee", "🐎", "é"),
);
const object = fc.record({ key, versionId: fc.constantFrom(undefined, "null", "v1", "v2") }).map(one);

test("objects come once each and in the order of S3's lists, whatever order they were written in", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(object, { maxLength: 40 }),
      fc.constantFrom(1, 5, 1_000),
      fc.integer({ min: 1, max: 7 }),
      key,
      async (objects, inMemory, limit, after) => {
        const file = await written(objects, inMemory);
        const all = [...new Map(objects.map((object) => [JSON.stringify(object), object])).values()].sort(inOrder);
        expect(await allOf(file, limit)).toEqual(all);
        const above = all.filter(({ key }) => compareKeys(key, after) > 0);
        expect(await file.after(after, undefined, limit)).toEqual(above.slice(0, limit));
        await file.close();
        expect(readdirSync(directory)).toEqual(["objects"]);
      },
    ),
  );
});

test("a file of many blocks, merged from many parts, is asked from anywhere in it", async () => {
  const objects = Array.from({ length: 3_000 }, (_, index) => ({
    key: `${"long/".repeat(20 + (index % 9))}${String((index * 1_009) % 3_000).padStart(5, "0")}`,
  }));
  const file = await written(objects, 10);
  expect(statSync(path).size).toBeGreaterThan(4 * 64 * 1024);
  const all = objects.map(({ key }) => key).sort();
  expect((await allOf(file, 7)).map(({ key }) => key)).toEqual(all);
  for (const index of [0, 1, 599, 1_500, 2_998, 2_999]) {
    const after = await file.after(all[index], undefined, 1);
    expect(after.map(({ key }) => key)).toEqual(all.slice(index + 1, index + 2));
  }
  await file.close();
  expect(readdirSync(directory)).toEqual(["objects"]);
});

test("one that was stopped is not there", async () => {
  const controller = new AbortController();
  async function* stopped(): AsyncGenerator<ObjectId> {
    yield { key: "a" };
    controller.abort();
    yield { key: "b" };
  }
  const other = join(directory, "stopped");
  expect(await writeKeyFile(stopped(), { path: other, stop: controller.signal })).toBeUndefined();
  expect(readdirSync(directory)).toEqual(["objects"]);
});

test("a key that is none of S3's is an error of the inventory", async () => {
  const writing = writeKeyFile(each([{ key: "x".repeat(9_000) }]), { path, stop: never });
  await expect(writing).rejects.toThrow(UnreadableInventory);
});
