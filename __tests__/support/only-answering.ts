import type { ObjectStore } from "../../src/s3/object-store";

const unused = () => Promise.reject(new Error("not a part of this test"));

/** A bucket that answers these requests: whoever asks it for more fails. */
export const onlyAnswering = (answers: Partial<ObjectStore>): ObjectStore => ({
  list: unused,
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
  ...answers,
});
