import { backupKey, LONGEST_KEY } from "./manifest/keys";

/** Kinds of objects that will not be in the backup, as far as can be told before any object was seen. */
export function foreseenInBackup(given: {
  readonly bucketName: string;
  readonly run: string;
  readonly versions: "current" | "all";
  readonly objectLock: boolean;
  readonly versioning: "Disabled" | "Enabled" | "Suspended";
  readonly customerKeys: number;
}): string[] {
  const { bucketName, run, versions, objectLock, versioning, customerKeys } = given;
  const room = LONGEST_KEY - Buffer.byteLength(backupKey(bucketName, run, { key: "" }));
  const left = [`keys of more than ${room} bytes, since the copy's key has its run in front`];
  if (customerKeys === 0) left.push("objects under SSE-C, since no --customer-key-file is given");
  left.push("archived objects that were not restored first");
  if (versioning !== "Disabled" && versions === "current") left.push("noncurrent versions (--versions all keeps them)");
  if (objectLock) left.push("retentions and legal holds: the manifest names them, the copies have none");
  return left;
}
