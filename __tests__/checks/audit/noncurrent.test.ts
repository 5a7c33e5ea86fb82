import { placeOf, versionsAuditor } from "../../../src/checks/audit/noncurrent";
import { seen } from "../../../src/checks/preflight/looked";
import { legacyBucket } from "../../support/legacy-bucket";

test("how many versions are newer is counted over all pages of the listing, and over no other key", async () => {
  const legacy = await legacyBucket({ versioning: "Enabled" });
  for (const key of ["a", "ab", "a", "a", "ab"]) await legacy.put(key, "2");
  const context = await legacy.context(legacy.kmsTarget);
  const { store } = context;
  const listed = await store.listVersions({ prefix: "a", limit: 1_000 });
  const versions = listed.is === "done" ? listed.value.versions : [];
  const oldest = versions.findLast(({ key }) => key === "a")?.versionId;
  const pages = { ...store, listVersions: (request: object) => store.listVersions({ ...request, limit: 1 }) };
  const lifecycle = seen([
    {
      ...({ ID: "old", Status: "Enabled", Filter: {} } as const),
      NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 2 },
    },
  ]);
  const visit = versionsAuditor({ ...context, store: pages, lifecycle });
  expect(await visit({ key: "a", versionId: oldest })).toMatchObject({
    outcome: "noncurrentLeft",
    message: expect.stringContaining("old: keeps 2 newer noncurrent versions, and there are 1"),
  });
});

test("the current version comes before all others, whatever the clocks of what wrote them said", () => {
  const version = (versionId: string, lastModified: number, current = false) => ({
    ...{ key: "a", versionId, lastModified, current, deleteMarker: false },
  });
  const versions = [version("now", 1_000, true), version("late", 2_000), version("early", 500)];
  expect(placeOf(versions, "late")).toEqual({ since: 1_000, newer: 0, newerMarkers: 0 });
  expect(placeOf(versions, "early")).toEqual({ since: 2_000, newer: 1, newerMarkers: 0 });
  expect(placeOf(versions, "now")).toBeUndefined();
});
