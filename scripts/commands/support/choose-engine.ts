import type { Engine } from "../../../src/reencrypt/decide";
import { foreignEndpoint } from "../../../src/s3/clients";
import { probeUpdate, type UpdateSupport, updatePermissions } from "../../../src/s3/update-probe";
import { type Connection, probeKey } from "./connect";
import { Stop } from "./stop";
import { say } from "./terminal";

interface Choice {
  readonly engine: Engine;
  readonly allowCopy?: boolean;
  readonly dryRun?: boolean;
  readonly prefix?: string;
}

const copyInstead =
  "--allow-copy (or --engine copy) copies every object instead, which restarts lifecycles and adds versions.";

function whyNot(
  support: Exclude<UpdateSupport, { is: "there" }>,
  { work }: Connection,
): { why: string; remedy: string } {
  const where = foreignEndpoint(work.endpointUrl) ?? "S3";
  switch (support.is) {
    case "missing":
      return { why: `${where} has no UpdateObjectEncryption.`, remedy: copyInstead };
    case "denied":
      return {
        why: `UpdateObjectEncryption on s3://${work.bucket} is denied to this caller: ${support.message}.`,
        remedy: `Grant ${updatePermissions} on s3://${work.bucket}/*, and see that no policy denies them. ${copyInstead}`,
      };
    case "unclear":
      return {
        why: `Whether ${where} has UpdateObjectEncryption could not be found out: ${support.message}.`,
        remedy: "--engine copy does without it.",
      };
  }
}

/**
 * Learns once per bucket whether objects can be updated, where the call cannot harm any, and says what was chosen.
 *
 * That S3 refuses the update is no reason to copy a whole bucket, unless that was allowed.
 *
 * @throws Stop
 */
export async function chooseEngine(connection: Connection, choice: Choice): Promise<Engine> {
  const { work, client, account } = connection;
  const { engine, allowCopy, dryRun, prefix } = choice;
  if (engine === "copy" || dryRun || work.target.algorithm !== "aws:kms") return engine;
  const support = await probeUpdate({
    client,
    bucket: work.bucket,
    expectedBucketOwner: account,
    key: probeKey(prefix),
    encryption: work.target,
  });
  if (support.is === "there") {
    say(`s3://${work.bucket}: UpdateObjectEncryption is there, and allowed.`);
    return engine;
  }
  const { why, remedy } = whyNot(support, connection);
  if (engine === "auto" && allowCopy && support.is !== "unclear") {
    say(`${why} Every object is copied instead, as --allow-copy says.`);
    return "copy";
  }
  throw new Stop(`${why} No object was changed.`, remedy);
}
