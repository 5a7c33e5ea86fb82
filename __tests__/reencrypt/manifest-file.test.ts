import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { compareKeys } from "../../src/reencrypt/intervals";
import { formatEntry, type ManifestEntry } from "../../src/reencrypt/manifest/entry";
import { listedFrom } from "../../src/reencrypt/manifest/listing";
import { type KeyEntries, ManifestFile } from "../../src/reencrypt/manifest/manifest-file";
import { onlyAnswering } from "../support/only-answering";
import { temporaryDirectory } from "../support/temporary-directory";

const directory = temporaryDirectory();

async function manifestOf(all: readonly KeyEntries[]): Promise<ManifestFile> {
  const lines = all.flatMap(([, entries]) => entries).map(formatEntry);
  const stored = gzipSync(lines.join(""));
  const sha256 = createHash("sha256").update(stored).digest("hex");
  const manifest = { key: "manifest", bytes: stored.length, sha256, entries: lines.length };
  async function* chunks() {
    yield stored;
  }
  return ManifestFile.read("the manifest", { manifest }, chunks(), directory);
}

/** With a long copy's key, so that some keys fill a block and one key with all versions is longer than one. */
const version = (key: string, versionId: string, current: boolean): ManifestEntry => ({
  ...{ key, versionId, current, etag: '"1"', size: 1, lastModified: 0, storageClass: "STANDARD", attributes: "" },
  copy: { key: "x".repeat(1000), etag: '"1"', at: 0 },
});

const prefixes = ["", "a", "a/", "🐎", "\uffee"];
const key = fc
  .tuple(fc.constantFrom(...prefixes), fc.string({ unit: "binary", maxLength: 2 }))
  .map((parts) => parts.join(""));

/** Keys in S3's order, each with its versions: of some the current one is a delete marker, which is not kept. */
const manifests: fc.Arbitrary<KeyEntries[]> = fc
  .uniqueArray(fc.tuple(key, fc.integer({ min: 1, max: 90 }), fc.boolean()), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 30,
  })
  .map((all) =>
    all
      .filter(([name]) => name !== "")
      .sort(([one], [other]) => compareKeys(one, other))
      .map(([name, versions, isCurrent]) => [
        name,
        Array.from({ length: versions }, (_, index) => version(name, `v${index}`, isCurrent && index === 0)),
      ]),
  );

const all = async <T>(generator: AsyncIterable<T>): Promise<T[]> => {
  const gathered: T[] = [];
  for await (const one of generator) gathered.push(one);
  return gathered;
};

/** Asks about all keys of a manifest, and about some that it may not have. */
const everyManifest = (ask: (manifest: ManifestFile, has: readonly KeyEntries[], key: string) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(manifests, fc.array(key, { maxLength: 5 }), async (has, others) => {
      const manifest = await manifestOf(has);
      for (const one of [...has.map(([name]) => name), ...others]) await ask(manifest, has, one);
      await manifest.close();
    }),
    { numRuns: 20 },
  );

test("a manifest has all versions of each key that is in it, and none of another", () =>
  everyManifest(async (manifest, has, asked) => {
    const [, expected = []] = has.find(([name]) => name === asked) ?? [];
    expect(await manifest.entriesOf(asked)).toEqual(expected);
  }));

test("a manifest is gone through from any key on, with that key or without it", () =>
  everyManifest(async (manifest, has, asked) => {
    expect(await all(manifest.keysFrom(asked))).toEqual(has.filter(([name]) => compareKeys(name, asked) >= 0));
    expect(await all(manifest.keysAfter(asked))).toEqual(has.filter(([name]) => compareKeys(name, asked) > 0));
  }));

test("a manifest is listed as S3 lists a bucket: page by page, below a prefix, and what is wanted alone", async () => {
  const hasCurrent = (entries: readonly ManifestEntry[]) => entries.some(({ current }) => current);
  await fc.assert(
    fc.asyncProperty(
      manifests,
      fc.constantFrom(...prefixes),
      fc.integer({ min: 1, max: 5 }),
      async (has, prefix, limit) => {
        const manifest = await manifestOf(has);
        const { list } = listedFrom(
          onlyAnswering({ list: () => Promise.reject(new Error("S3 is not asked")) }),
          manifest,
          hasCurrent,
        );
        const listed: string[] = [];
        for (let more = true; more; ) {
          const page = await list({ after: listed.at(-1), prefix, limit });
          if (page.is !== "done") throw new Error("it was not listed");
          expect(page.value.objects.length).toBeLessThanOrEqual(limit);
          listed.push(...page.value.objects.map((object) => object.key));
          more = page.value.more;
        }
        expect(listed).toEqual(
          has.filter(([name, entries]) => name.startsWith(prefix) && hasCurrent(entries)).map(([name]) => name),
        );
        await manifest.close();
      },
    ),
    { numRuns: 20 },
  );
});
