import { describe } from "../../../src/reencrypt/outcome";
import { uploadsInProgress, waitForUploads } from "../../../src/reencrypt/uploads";
import type { ListedUpload } from "../../../src/s3/object-store";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import { Stop } from "./stop";
import { say } from "./terminal";

/** What could be seen of uploads in parts that are in progress. */
export type SeenUploads =
  | { readonly is: "seen"; readonly uploads: readonly ListedUpload[] }
  | { readonly is: "unseen"; readonly why: string };

interface Scope {
  readonly prefix?: string;
}

/** Named at most on the terminal; the JSON document has them all. */
const SHOWN = 10;

const inText = ({ key, initiated }: ListedUpload): string => `${key} (begun ${new Date(initiated).toISOString()})`;
const inJson = ({ key, uploadId, initiated }: ListedUpload) => ({
  key,
  uploadId,
  initiated: new Date(initiated).toISOString(),
});

export async function seeUploads({ store, work }: Connection, { prefix }: Scope): Promise<SeenUploads> {
  const seen = await uploadsInProgress(store, prefix);
  if (seen.is === "done") return { is: "seen", uploads: seen.value };
  const denied = seen.is === "refused" && seen.status === 403;
  const permission = denied ? `s3:ListBucketMultipartUploads on s3://${work.bucket} is denied: ` : "";
  return { is: "unseen", why: `${permission}${describe(seen)}` };
}

const inParts = ({ length }: readonly ListedUpload[]): string =>
  length === 1 ? "1 upload in parts" : `${length} uploads in parts`;

function sayNames(uploads: readonly ListedUpload[]): void {
  for (const upload of uploads.slice(0, SHOWN)) say(`            ${inText(upload)}`);
  if (uploads.length > SHOWN) say(`            and ${uploads.length - SHOWN} more`);
}

/** Before a run: what it cannot catch, since S3 shows nobody how an upload will be encrypted. */
export function sayUploads(seen: SeenUploads): void {
  if (seen.is === "unseen") {
    say(`  note    whether uploads in parts are in progress could not be seen: ${seen.why}`);
  } else if (seen.uploads.length > 0) {
    const are = seen.uploads.length === 1 ? "is" : "are";
    say(
      `  note    ${inParts(seen.uploads)} ${are} in progress. Once completed they have the encryption of their beginning, which S3 shows nobody:`,
    );
    sayNames(seen.uploads);
  }
}

/** @throws Stop if uploads cannot be listed, since then nobody knows when they are over */
export async function awaitUploads(connection: Connection, { prefix }: Scope, stop: AbortSignal): Promise<void> {
  const { store } = connection;
  const seen = await seeUploads(connection, { prefix });
  if (seen.is === "unseen") throw new Stop(`Uploads cannot be waited for: ${seen.why}. Nothing was changed.`);
  if (seen.uploads.length === 0) return;
  say(`Waiting for ${inParts(seen.uploads)} to be completed or aborted by whoever began them.`);
  const waited = await waitForUploads({ store, prefix, uploads: seen.uploads, clock: realClock, stop });
  if (waited.is !== "done") throw new Stop(`Uploads cannot be waited for: ${describe(waited)}. Nothing was changed.`);
}

/** After a run: those that were in progress before it and still are, which somebody has to look after. */
export async function uploadsSince(connection: Connection, { prefix }: Scope, before: SeenUploads) {
  if (before.is === "unseen") return { before: null, stillInProgress: null };
  if (before.uploads.length === 0) return { before: [], stillInProgress: [] };
  const now = await seeUploads(connection, { prefix });
  if (now.is === "unseen") return { before: before.uploads.map(inJson), stillInProgress: null };
  const known = new Set(before.uploads.map(({ uploadId }) => uploadId));
  const open = now.uploads.filter(({ uploadId }) => known.has(uploadId));
  if (open.length > 0) {
    say(
      `Still in progress, and not converted by this run: ${open.length} of the uploads in parts. Run it again once they are over.`,
    );
    sayNames(open);
  }
  return { before: before.uploads.map(inJson), stillInProgress: open.map(inJson) };
}
