import type { Answer, ListedVersion, ObjectStore } from "../s3/object-store";

/** The versions and delete markers of one key, page by page, the newest first. What is no success is the last one. */
export async function* versionsOfKey(
  store: ObjectStore,
  key: string,
): AsyncGenerator<Answer<readonly ListedVersion[]>> {
  let marker: { keyMarker: string; versionIdMarker?: string } | undefined;
  do {
    const page = await store.listVersions({ prefix: key, ...marker, limit: 1000 });
    if (page.is !== "done") {
      yield page;
      return;
    }
    const { versions, next } = page.value;
    yield { is: "done", value: versions.filter((version) => version.key === key) };
    marker = next;
    // Keys that begin with this one come after it.
  } while (marker?.keyMarker === key);
}
