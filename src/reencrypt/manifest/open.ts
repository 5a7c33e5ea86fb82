import type { Documents } from "../../s3/documents";
import type { Clock } from "../clock";
import { type ManifestHead, parseHead } from "./head";
import { headKey, partsOfHeadKey } from "./keys";
import { ManifestFile } from "./manifest-file";
import { contentOf, ManifestProblem, readDocument } from "./transfer";

/** A finished backup that can be asked about any key. */
export interface OpenManifest {
  readonly head: ManifestHead;
  readonly file: ManifestFile;
}

/**
 * @param key of the head, or of the manifest beside it
 * @throws ManifestProblem if the run is not finished, or the head is cut, edited or another bucket's
 */
export async function readHead(documents: Documents, clock: Clock, key: string): Promise<ManifestHead> {
  const where = `s3://${documents.bucket}/${key}`;
  const parts = partsOfHeadKey(key);
  if (!parts) {
    throw new ManifestProblem(
      `${where} is no manifest's name`,
      "They are named s3://<backup bucket>/_manifests/<bucket>/<run>.json.",
    );
  }
  const text = await readDocument(documents, clock, headKey(parts.bucket, parts.run)).catch((error: unknown) => {
    if (!(error instanceof ManifestProblem && /NoSuchKey/.test(error.message))) throw error;
    throw new ManifestProblem(
      `${where} is not there: that backup is not finished, since its manifest comes last, or it has expired`,
      "Finish it with the same at-rest backup command, or name another run.",
    );
  });
  const head = parseHead(text);
  if (typeof head === "string") throw new ManifestProblem(`${where} ${head}`);
  if (head.bucket !== parts.bucket || head.run !== parts.run) {
    throw new ManifestProblem(`${where} is of bucket ${head.bucket}, run ${head.run}: it was put in another's place`);
  }
  return head;
}

/** @param directory where it is unpacked. @throws ManifestProblem */
export async function openManifest(
  documents: Documents,
  clock: Clock,
  head: ManifestHead,
  directory: string,
): Promise<OpenManifest> {
  const { key } = head.manifest;
  const content = contentOf(documents, clock, key);
  return { head, file: await ManifestFile.read(`s3://${documents.bucket}/${key}`, head, content, directory) };
}
