import { randomUUID } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";

/** A file for the owner alone that has no name any more: whatever ends the process, nothing is left behind. */
export async function anonymousFile(directory: string): Promise<FileHandle> {
  const path = join(directory, `.anonymous-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  return file;
}
