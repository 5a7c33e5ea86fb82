import fc from "fast-check";
import type { EncryptionTarget } from "../../../src/fleet/fleet";
import {
  type CountContext,
  countInventory,
  type InventoryCount,
  withShare,
} from "../../../src/reencrypt/inventory/count";
import { encryptionStatuses, type InventoryLine } from "../../../src/reencrypt/inventory/line";
import { UnreadableInventory } from "../../../src/reencrypt/inventory/manifest";

const GIB = 1024 ** 3;
const MS_A_DAY = 86_400_000;
const keyArn = "arn:aws:kms:eu-west-1:111111111111:key/1b2c";
const kms: EncryptionTarget = { algorithm: "aws:kms", keyArn, bucketKey: true };
const dsse: EncryptionTarget = { algorithm: "aws:kms:dsse", keyArn };
const s3: EncryptionTarget = { algorithm: "AES256" };

const line = (more: Partial<InventoryLine> = {}): InventoryLine => ({
  ...{ key: "key", isLatest: true, isDeleteMarker: false, size: 1_000, storageClass: "STANDARD" },
  ...{ encryption: "SSE-S3", ...more },
});

async function count(lines: readonly InventoryLine[], more: Partial<CountContext> = {}): Promise<InventoryCount> {
  const stream = (async function* () {
    yield* lines;
  })();
  const context = { engine: "auto", customerKeys: false, defaultRetention: false, now: 1_000 * MS_A_DAY } as const;
  return countInventory(stream, { ...context, target: kms, sample: 10, random: () => 0, ...more });
}

const none = { encryption: "NOT-SSE" } as const;
const held = { lock: { legalHold: true } };

test.each<[string, Partial<InventoryLine>, string, Partial<CountContext>?]>([
  ["SSE-S3", {}, "updated"],
  ["SSE-KMS with another bucket key than asked for", { encryption: "SSE-KMS", bucketKey: false }, "updated"],
  ["SSE-S3, archived", { storageClass: "DEEP_ARCHIVE" }, "updated"],
  ["SSE-S3, held", held, "cannot"],
  ["SSE-S3, retained until long ago", { lock: { legalHold: false, retention: { mode: "G", until: 1 } } }, "updated"],
  ["SSE-S3, where only copies are asked for", {}, "copied", { engine: "copy" }],
  ["SSE-S3, where that is the target", {}, "alreadyRight", { target: s3 }],
  ["SSE-KMS, where SSE-S3 is", { encryption: "SSE-KMS" }, "copied", { target: s3 }],
  ["no encryption", none, "copied"],
  ["no encryption, where only updates are asked for", none, "cannot", { engine: "update" }],
  ["no encryption, at 5 GiB", { ...none, size: 5 * GIB }, "copied"],
  ["no encryption, above 5 GiB", { ...none, size: 5 * GIB + 1 }, "copiedInParts"],
  ["no encryption, in an archive", { ...none, storageClass: "GLACIER" }, "cannot"],
  ["no encryption, in an archive tier", { ...none, accessTier: "ARCHIVE" }, "cannot"],
  ["no encryption, where a copy would be locked", none, "cannot", { defaultRetention: true }],
  ["DSSE-KMS", { encryption: "DSSE-KMS" }, "copied"],
  ["SSE-C", { encryption: "SSE-C" }, "cannot"],
  ["SSE-C whose key is given", { encryption: "SSE-C" }, "copied", { customerKeys: true }],
])("%s", async (_name, more, outcome, context = {}) => {
  const { groups, unsure } = await count([line(more)], context);
  expect(groups.map((group) => group.outcome)).toEqual([outcome]);
  expect(unsure.objects).toBe(0);
});

test.each<[string, Partial<InventoryLine>, EncryptionTarget, string]>([
  ["SSE-KMS with the same bucket key", { encryption: "SSE-KMS", bucketKey: true }, kms, "updated"],
  ["SSE-KMS whose bucket key is not told", { encryption: "SSE-KMS" }, kms, "updated"],
  ["SSE-KMS, held", { encryption: "SSE-KMS", bucketKey: true, ...held }, kms, "cannot"],
  ["DSSE-KMS", { encryption: "DSSE-KMS" }, dsse, "copied"],
])(
  "%s may be right already, and if it is not, is what another key makes of it",
  async (_name, more, target, outcome) => {
    const counted = await count([line({ key: "a", ...more }), line({ key: "b", ...more })], { target });
    expect(counted.groups).toEqual([]);
    expect(counted.unsure).toMatchObject({ objects: 2, sample: [{ key: "a" }, { key: "b" }], groups: [{ outcome }] });
    expect(withShare(counted, 0.5).map((group) => [group.outcome, group.objects, group.bytes])).toEqual([
      ["alreadyRight", 1, 1_000],
      [outcome, 1, 1_000],
    ]);
    expect(withShare(counted, 0).map((group) => group.objects)).toEqual([2]);
  },
);

test("what is no current object, or has another prefix, is left out and counted", async () => {
  const lines = [
    line({ key: "a/1" }),
    line({ key: "a/2", isLatest: false }),
    line({ key: "a/3", isDeleteMarker: true, encryption: undefined, size: undefined }),
    line({ key: "a/3", isDeleteMarker: true, isLatest: false, encryption: undefined }),
    line({ key: "b" }),
  ];
  expect(await count(lines, { prefix: "a/" })).toMatchObject({
    objects: 1,
    bytes: 1_000,
    noncurrent: 2,
    deleteMarkers: 1,
  });
});

test("bytes that are paid for beyond their deletion are counted with their days", async () => {
  const lastModified = 990 * MS_A_DAY + 1;
  const { groups } = await count([line({ ...none, storageClass: "STANDARD_IA", size: 3, lastModified })]);
  expect(groups).toMatchObject([{ storageClass: "STANDARD_IA", bytes: 3, earlyByteDays: 3 * 21 }]);
});

test("an object of which it is not said how it is encrypted is an error", async () => {
  const counting = count([line({ encryption: undefined })]);
  await expect(counting).rejects.toThrow(new UnreadableInventory("it does not say how key is encrypted"));
});

test("groups add up to what was counted, and a sample is of different objects that are unsure", async () => {
  const lines = fc.array(
    fc.record({
      encryption: fc.constantFrom(...encryptionStatuses),
      bucketKey: fc.option(fc.boolean(), { nil: undefined }),
      size: fc.nat({ max: 10 * GIB }),
      storageClass: fc.constantFrom("STANDARD", "GLACIER", "STANDARD_IA"),
    }),
  );
  await fc.assert(
    fc.asyncProperty(
      ...([
        lines,
        fc.constantFrom(kms, dsse, s3),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(999), { minLength: 1 }),
      ] as const),
      async (each, target, sample, chances) => {
        let turn = 0;
        const random = () => (chances[turn++ % chances.length] ?? 0) / 1_000;
        const all = each.map((more, index) => line({ key: String(index), ...more }));
        const counted = await count(all, { target, sample, random });
        const groups = withShare(counted, 0.25);
        expect(groups.reduce((sum, { objects }) => sum + objects, 0)).toBeCloseTo(all.length);
        expect(groups.reduce((sum, { bytes }) => sum + bytes, 0)).toBeCloseTo(counted.bytes, 0);
        const drawn = counted.unsure.sample.map(({ key }) => all[Number(key)]);
        expect(new Set(drawn).size).toBe(Math.min(sample, counted.unsure.objects));
        for (const one of drawn) expect(one?.encryption).toBe(target === dsse ? "DSSE-KMS" : "SSE-KMS");
      },
    ),
    { numRuns: 50 },
  );
});
