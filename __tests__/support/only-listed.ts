import type { ObjectStore } from "../../src/s3/object-store";

const unused = () => Promise.reject(new Error("not a part of this test"));

/** A bucket that can only be listed: whoever asks it for more fails. */
export const onlyListed = (listing: Pick<ObjectStore, "list"> & Partial<ObjectStore>): ObjectStore => ({
  listVersions: unused,
  head: unused,
  getTags: unused,
  getAcl: unused,
  listUploads: unused,
  hasAnnotations: unused,
  copy: unused,
  updateEncryption: unused,
  createUpload: unused,
  copyPart: unused,
  completeUpload: unused,
  abortUpload: unused,
  ...listing,
});
