import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { bucketOutputOf, parseStackOutputs } from "../../src/fleet/outputs";
import type { Application } from "./application";
import { preflightEssentials } from "./essentials";
import { contracts, partnerArn, reports, uploads } from "./seed";
import {
  applyStage,
  atRest,
  checkForeignStatement,
  checkNothingToChange,
  checkPartnerReads,
  checkPut,
  moveToStage,
  type Story,
} from "./story";

/** Whether jobs of S3 Batch Operations update objects first. */
export type Engine = "auto" | "batch";

/** Every stage in turn, under the application's feet. Returns the ARN of the key that the stacks have made. */
export const rollOut = async (
  story: Story,
  { application, engine }: { readonly application: Application; readonly engine: Engine },
): Promise<string> => {
  const { world, narrator, operator } = story;
  if (engine === "batch") world.allowBatchOperations();
  const headerless = { how: "without a header", as: operator, bucket: uploads } as const;
  await checkPut(story, "a put without an encryption header is accepted", {
    ...headerless,
    expected: "stored under AES256",
  });

  narrator.step(
    "Write down what is live",
    "The snapshots go into git. From them the plan knows which policy statements to keep.",
  );
  await atRest(story, "snapshot --fleet fleet.yaml");

  narrator.step("Stage prepare", "Keys, roles and a backup bucket. Nothing of the legacy buckets is touched.");
  await moveToStage(story, "prepare");
  await atRest(story, "outputs --fleet fleet.yaml");
  const outputs = parseStackOutputs(
    JSON.parse(readFileSync(join(world.directory, "outputs", `${basename(story.stackDirectory)}.json`), "utf8")),
  );
  const keyArn = bucketOutputOf(outputs, uploads)?.keyArn;
  if (!keyArn) throw new Error(`the stack's outputs name no key for ${uploads}`);

  narrator.step(
    "Ask what the next stage would break",
    "It finds the partner, whom the new key does not let in. The fleet takes it up, before anything of the bucket changes.",
  );
  await atRest(story, "preflight --fleet fleet.yaml", [1], preflightEssentials);
  narrator.command(`$EDITOR fleet.yaml   # readers: [${partnerArn}] for ${uploads}`);
  world.letIn(uploads, partnerArn);
  await applyStage(story);
  await atRest(story, `preflight --fleet fleet.yaml --bucket ${uploads}`, [0], preflightEssentials);

  narrator.step(
    "Back up",
    "A server-side copy of every object, under S3's own keys: losing the KMS key would lose no backup.",
  );
  await atRest(story, "backup --fleet fleet.yaml --yes", [0, 3]);

  narrator.step(
    "Stage encrypt",
    "New objects go under the key from here on. Wrong choices and plain HTTP are refused; no header still works.",
  );
  await moveToStage(story, "encrypt");
  await checkPut(story, "the same put is still accepted, and encrypted with KMS", {
    ...headerless,
    expected: "stored under aws:kms",
  });
  await checkPut(story, "a put that asks for another encryption is refused", {
    ...headerless,
    how: "with AES256",
    encryption: { ServerSideEncryption: "AES256" },
    expected: "AccessDenied",
  });

  narrator.step(
    "Convert what is already there",
    "In place, while the application goes on. Exit code 3: done, but some objects cannot be converted.",
  );
  await convert(story, engine);
  await auditWithProof(story);

  narrator.step(
    "Stage enforce",
    "The application's team has released the header; from here on a put without it is refused.",
  );
  await application.release(keyArn);
  await moveToStage(story, "enforce");
  await checkPut(story, "the same put without a header is refused", { ...headerless, expected: "AccessDenied" });
  await checkPut(story, "with the key it is accepted", {
    ...headerless,
    how: "with aws:kms and the key",
    encryption: { ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn },
    expected: "stored under aws:kms",
  });
  await checkPut(story, "on the AES256 bucket it is refused without a header", {
    ...headerless,
    bucket: reports,
    expected: "AccessDenied",
  });
  const asAes256 = { bucket: reports, encryption: { ServerSideEncryption: "AES256" } } as const;
  await checkPut(story, "and accepted with AES256", {
    ...asAes256,
    how: "with AES256",
    as: operator,
    expected: "stored under AES256",
  });
  await checkPut(story, "plain HTTP is refused", {
    ...asAes256,
    how: "with AES256 over plain HTTP",
    as: world.plainHttpClient(),
    expected: "AccessDenied",
  });

  narrator.step(
    "Proof",
    "Terraform has nothing left to change, and every object is looked at again by a witness that shares no code with the tool.",
  );
  await checkNothingToChange(story);
  await checkForeignStatement(story);
  await checkPartnerReads(story);
  return keyArn;
};

/** Jobs of S3 Batch Operations lead to SSE-KMS only, so the bucket for AES256 is converted without them. */
const convert = async (story: Story, engine: Engine): Promise<void> => {
  if (engine === "auto") {
    await atRest(story, "reencrypt --fleet fleet.yaml --yes", [3]);
    return;
  }
  const byJobs = `--bucket ${uploads} --bucket ${contracts} --engine batch`;
  await atRest(story, `reencrypt --fleet fleet.yaml ${byJobs} --yes`, [3]);
  await atRest(story, `reencrypt --fleet fleet.yaml --bucket ${reports} --yes`);
};

/** The audit leaves its evidence in a folder, and anybody can find out later whether that is still what was written. */
const auditWithProof = async (story: Story): Promise<void> => {
  const printed = await atRest(story, "audit --fleet fleet.yaml --evidence evidence", [3]);
  const sum = printed.match(/SHA-256 of its manifest ([0-9a-f]{64})/)?.[1];
  if (sum === undefined) throw new Error("the audit printed no SHA-256 of its manifest");
  await atRest(story, `audit --verify evidence --manifest-sha256 ${sum}`);
};
