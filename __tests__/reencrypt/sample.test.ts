import fc from "fast-check";
import { compareKeys } from "../../src/reencrypt/intervals";
import { sampleOf } from "../../src/reencrypt/sample";
import { onlyAnswering } from "../support/only-answering";

/** A bucket with these keys, in S3's order; how often it was listed is in `lists`. */
function bucketOf(keys: readonly string[]) {
  const sorted = [...new Set(keys)].sort(compareKeys);
  const world = { lists: 0 };
  const store = onlyAnswering({
    list: async ({ after, limit }) => {
      world.lists++;
      const from = after === undefined ? 0 : sorted.findIndex((key) => compareKeys(key, after) > 0);
      const page = from < 0 ? [] : sorted.slice(from, from + limit);
      const more = from >= 0 && from + limit < sorted.length;
      return { is: "done", value: { objects: page.map((key) => ({ key, size: 1, etag: '"e"' })), more } };
    },
  });
  return { world, sorted, listing: { store, versions: "current" as const } };
}

const numbered = (count: number, name = (index: number) => `k${index}`) =>
  Array.from({ length: count }, (_, i) => name(i));

test("a bucket of one page is known whole", async () => {
  const { listing, sorted } = bucketOf(numbered(40));
  const sample = await sampleOf(listing, { pages: 8, objects: 1_000 }, () => 0);
  expect(sample).toMatchObject({ whole: true, listed: 40 });
  expect(sample.objects.map(({ key }) => key).sort(compareKeys)).toEqual(sorted);
});

test("an empty bucket has an empty sample", async () => {
  expect(await sampleOf(bucketOf([]).listing, { pages: 8, objects: 10 }, () => 0)).toEqual({
    objects: [],
    listed: 0,
    whole: true,
  });
});

test("the sample reaches beyond the first page, into the last tenth of the keys", async () => {
  const { listing, sorted } = bucketOf(numbered(100_000, (index) => `part-${String(index).padStart(8, "0")}`));
  const sample = await sampleOf(listing, { pages: 16, objects: 200 }, () => 0.5);
  expect(sample.whole).toBe(false);
  const edge = sorted[90_000] ?? "";
  expect(sample.objects.some(({ key }) => compareKeys(key, edge) > 0)).toBe(true);
});

test("whatever the keys are, no object is drawn twice, each one exists, and the lists are few", async () => {
  const key = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 8 }),
    fc.nat(99_999).map((number) => `logs/${number}`),
    fc.constantFrom("a/", "a//", "\uffff", "🐎", "\u{10ffff}x"),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(key, { maxLength: 60 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 50 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      async (keys, pages, objects, chance) => {
        const { listing, sorted, world } = bucketOf([...keys, ...numbered(1_500)]);
        const sample = await sampleOf(listing, { pages, objects }, () => chance.next().value ?? 0);
        const drawn = sample.objects.map(({ key: one }) => one);
        expect(new Set(drawn).size).toBe(drawn.length);
        expect(drawn).toHaveLength(objects);
        for (const one of drawn) expect(sorted).toContain(one);
        // A page and the one after it, asked for ahead; and for each cut a search over the characters of a key.
        expect(world.lists).toBeLessThan(pages * 40);
      },
    ),
    { numRuns: 40 },
  );
});
