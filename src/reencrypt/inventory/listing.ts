import type { ListedVersion, ObjectStore } from "../../s3/object-store";
import type { KeyFile } from "./key-file";

/**
 * Objects of an inventory in the place of a bucket's own, so that the one sweep goes through them: lanes, journal and all.
 *
 * Which prefix and which versions they are of was decided when the file was written.
 */
export const listedFromInventory = (store: ObjectStore, objects: KeyFile): ObjectStore => ({
  ...store,
  list: async ({ after, limit }) => {
    const page = await objects.after(after, undefined, limit + 1);
    const more = page.length > limit;
    return { is: "done", value: { objects: page.slice(0, limit).map(({ key }) => ({ key, size: 0 })), more } };
  },
  listVersions: async ({ keyMarker, versionIdMarker, limit }) => {
    const page = await objects.after(keyMarker, versionIdMarker, limit + 1);
    const versions = page.slice(0, limit).map(
      ({ key, versionId }): ListedVersion => ({
        ...{ key, versionId: versionId ?? "", current: versionId === undefined },
        ...{ deleteMarker: false, lastModified: 0 },
      }),
    );
    const last = page.length > limit ? versions.at(-1) : undefined;
    const next = last && { keyMarker: last.key, versionIdMarker: last.versionId };
    return { is: "done", value: { versions, next } };
  },
});
