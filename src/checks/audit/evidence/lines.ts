import { describeEncryption } from "../../../reencrypt/audit";
import type { JournalLine } from "../../../reencrypt/journal";
import { loggedObjects } from "../../../reencrypt/object-log";
import type { ObjectOutcome } from "../../../reencrypt/outcome";

const objectLine = ({ key, versionId, outcome, because, message, seen }: ObjectOutcome) => ({
  key,
  versionId,
  outcome,
  encryption: seen?.after ? describeEncryption(seen.after) : undefined,
  bytes: seen?.size,
  storageClass: seen?.storageClass,
  because,
  message,
  refused: seen?.refused,
});

/**
 * What one line of a run's journal says of objects, as JSON lines: the stretch of keys that was listed, with how many
 * objects ended how, then the objects that are named. The stretches together cover the bucket without a gap.
 *
 * Where a stretch has thousands of objects that are named, most of them are named before it.
 */
export function evidenceLines(line: JournalLine): string {
  if (line.t !== "page" && line.t !== "part") return "";
  const { exceptions, objects } = line;
  const stretch =
    line.t === "page" ? [{ t: "keys", after: line.after, through: line.through, counts: line.counts }] : [];
  const named = [
    ...exceptions.map(objectLine),
    ...(objects ? [...loggedObjects(objects)] : []).map(({ key, versionId, outcome, after: encryption }) => ({
      key,
      versionId,
      outcome,
      encryption,
    })),
  ];
  const lines = [...stretch, ...named.map((object) => ({ t: "object", ...object }))];
  return lines.map((one) => `${JSON.stringify(one)}\n`).join("");
}
