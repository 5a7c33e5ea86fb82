import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { ReportedObjects, reportedLine, restingOnReports } from "../../src/reencrypt/batch/reported-objects";
import { reportedSample } from "../../src/reencrypt/batch/reported-sample";
import { LineSorter } from "../../src/reencrypt/line-set";
import type { Answer, Encryption, ObjectId, ObjectState, ObjectStore } from "../../src/s3/object-store";
import { onlyAnswering } from "../support/only-answering";

const target = {
  algorithm: "aws:kms",
  keyArn: "arn:aws:kms:eu-west-1:111111111111:key/target",
  bucketKey: true,
} as const;
const right: Encryption = { is: "aws:kms", keyArn: target.keyArn, bucketKey: true };
const createdAt = Date.UTC(2026, 10, 27, 12, 0, 0, 500);
const before = createdAt - 1_500;

let directory: string;
let reported: ReportedObjects;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "reported-"));
  reported = new ReportedObjects();
});
afterEach(async () => {
  await reported.close();
  rmSync(directory, { recursive: true, force: true });
});

async function report(...objects: ObjectId[]): Promise<void> {
  const sorter = new LineSorter(directory);
  for (const object of objects) await sorter.add(reportedLine(object));
  reported.add({ createdAt, objects: await sorter.finish() });
}

interface There {
  readonly versionId?: string;
  readonly current?: boolean;
  readonly lastModified?: number;
  readonly etag?: string;
}

/** A bucket that lists these. Its objects are looked at with `head`. */
const bucketOf = (there: readonly (There & { key: string })[], head?: ObjectStore["head"]): ObjectStore => {
  const whole = there.map((one) => ({ versionId: "null", current: true, lastModified: before, etag: '"e"', ...one }));
  return onlyAnswering({
    list: async () => ({ is: "done", value: { objects: whole.map((one) => ({ ...one, size: 1 })), more: false } }),
    listVersions: async () => ({
      is: "done",
      value: { versions: whole.map((one) => ({ ...one, deleteMarker: false })) },
    }),
    ...(head && { head }),
  });
};

/** What becomes of an object that was listed; `visited` where it was looked at as any other. */
async function endOf(store: ObjectStore, keepsVersions = false, id: ObjectId = { key: "a" }): Promise<string> {
  const noting = reported.noting(store, keepsVersions);
  await (id.versionId === undefined ? noting.list({ limit: 10 }) : noting.listVersions({ limit: 10 }));
  const visit = restingOnReports({ store, target }, reported, async (one) => ({ ...one, outcome: "gone" }));
  const { outcome } = await visit(id);
  return outcome === "gone" ? "visited" : outcome;
}

describe("of a bucket without versions an object", () => {
  test.each<[string, There, string]>([
    ["rests on a report that names it", {}, "reported"],
    ["that was written in the second of the job's creation is looked at", { lastModified: createdAt - 500 }, "visited"],
    ["that was written since is looked at", { lastModified: createdAt + 60_000 }, "visited"],
    ["that was uploaded in parts is looked at, since that tells when it began", { etag: '"e-2"' }, "visited"],
    ["of which a list does not say when it was written is looked at", { lastModified: undefined }, "visited"],
  ])("%s", async (_name, there, expected) => {
    await report({ key: "a" });
    expect(await endOf(bucketOf([{ key: "a", ...there }]))).toBe(expected);
  });

  test("that no report names is looked at, and one that a second job's names is not", async () => {
    await report({ key: "b" });
    expect(await endOf(bucketOf([{ key: "a" }]))).toBe("visited");
    await report({ key: "a" });
    expect(await endOf(bucketOf([{ key: "a" }]))).toBe("reported");
  });

  test("counts as its last list shows it, where lanes have listed it twice", async () => {
    await report({ key: "a" });
    await reported.noting(bucketOf([{ key: "a" }]), false).list({ limit: 10 });
    expect(await endOf(bucketOf([{ key: "a", lastModified: createdAt }]))).toBe("visited");
  });

  test("is found by its key whatever that is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 1 }), async (key) => {
        reported = new ReportedObjects();
        await report({ key });
        expect(await endOf(bucketOf([{ key }]), false, { key })).toBe("reported");
        await reported.close();
      }),
      { numRuns: 50 },
    );
  });
});

describe("of a bucket with versions", () => {
  test.each<[string, ObjectId, There, string]>([
    [
      "the version that a report names rests on it, whenever it was written",
      { key: "a", versionId: "1" },
      {},
      "reported",
    ],
    ["another version is looked at, although its key is reported", { key: "a", versionId: "2" }, {}, "visited"],
    ["a key alone says nothing of a version", { key: "a" }, {}, "visited"],
  ])("%s", async (_name, of, there, expected) => {
    await report(of);
    expect(await endOf(bucketOf([{ key: "a", versionId: "1", lastModified: createdAt + 9e6, ...there }]), true)).toBe(
      expected,
    );
  });

  test("what is null, from before there were any, rests on a report as without versions", async () => {
    await report({ key: "a" });
    expect(await endOf(bucketOf([{ key: "a" }]), true)).toBe("reported");
    expect(await endOf(bucketOf([{ key: "a", lastModified: createdAt }]), true)).toBe("visited");
  });

  test("current objects are listed as a list of them has them, without noncurrent versions and delete markers", async () => {
    const version = (key: string, versionId: string, current: boolean, deleteMarker = false) => ({
      ...{ key, versionId, current, deleteMarker, lastModified: before, etag: '"e"' },
    });
    const pages = [
      { versions: [version("a", "2", true, true), version("a", "1", false)], next: { keyMarker: "a" } },
      { versions: [version("b", "4", true), version("b", "3", false), version("c", "5", true)] },
    ];
    const asked: object[] = [];
    const store: ObjectStore = {
      ...bucketOf([]),
      listVersions: async (request) => {
        asked.push(request);
        return { is: "done", value: pages[request.keyMarker === "a" ? 1 : 0] ?? { versions: [] } };
      },
    };
    const listed = await reported.noting(store, true).list({ limit: 1 });
    expect(listed).toMatchObject({ is: "done", value: { objects: [{ key: "b" }], more: true } });
    const all = await reported.noting(store, true).list({ limit: 10 });
    expect(all).toMatchObject({ value: { objects: [{ key: "b" }, { key: "c" }], more: false } });
    expect(asked).toHaveLength(4);
  });

  test("a noncurrent version is told from the current one", async () => {
    await report({ key: "a", versionId: "1" });
    const store = bucketOf([
      { key: "a", versionId: "2" },
      { key: "a", versionId: "1", current: false },
    ]);
    expect(await endOf(store, true, { key: "a", versionId: "1" })).toBe("reported");
    expect(await endOf(store, true)).toBe("visited");
  });
});

describe("an object of the sample", () => {
  const seen = (encryption: Encryption, more: Partial<ObjectState> = {}): Answer<ObjectState> => ({
    is: "done",
    value: {
      ...{ key: "a", etag: '"e"', size: 1, lastModified: before, encryption, storageClass: "STANDARD" },
      ...{ archived: false, headers: {}, metadata: {}, missingMetadata: 0, ...more },
    },
  });

  test.each<[string, Answer<ObjectState>, string]>([
    ["that is as the target says was read back", seen(right), "readBack"],
    ["that is not is no longer what its report says", seen({ is: "AES256" }), "notAsReported"],
    ["that was written since it was listed is one like any other", seen({ is: "AES256" }, { etag: '"f"' }), "visited"],
    ["that is gone is one like any other", { is: "refused", status: 404, code: "NoSuchKey", message: "" }, "visited"],
  ])("%s", async (_name, answer, expected) => {
    await report({ key: "a" });
    reported.choose([reportedLine({ key: "a" })]);
    expect(await endOf(bucketOf([{ key: "a" }], async () => answer))).toBe(expected);
  });
});

test("what the sample says is said of all that rest on a report", () => {
  expect(reportedSample({ alreadyRight: 5, updated: 7 })).toBeUndefined();
  const { inWords, atMost } = reportedSample({ reported: 9_700, readBack: 299, notAsReported: 1 }) ?? {};
  expect(atMost).toBeCloseTo(0.0157, 4);
  expect(inWords).toContain(
    "300 of 10,000 objects that jobs report as updated were looked at, chosen evenly at random",
  );
  expect(reportedSample({ readBack: 3 })).toMatchObject({ confidence: 1, atMost: 0, population: 3 });
});
