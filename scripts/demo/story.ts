import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  GetBucketPolicyCommand,
  GetObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { applyEssentials, planEssentials } from "./essentials";
import type { Narrator } from "./narrator";
import { partnerAccount, partnerKey, partnerStatement, uploads } from "./seed";
import { root, type World } from "./world";

export interface Story {
  readonly world: World;
  readonly narrator: Narrator;
  /** As the operator of the platform team. */
  readonly operator: S3Client;
  readonly stackDirectory: string;
}

/**
 * Runs one of the project's own commands as a user types it, and shows what it printed. Returns that.
 *
 * @param cut - what is shown of it. @default everything
 */
export const atRest = async (
  { world, narrator }: Story,
  parameters: string,
  expected: readonly number[] = [0],
  cut: (printed: string) => string = (printed) => printed,
): Promise<string> => {
  narrator.command(`npx at-rest ${parameters}`);
  const script = join(root, "scripts/at-rest.cjs");
  const finished = await world.run(process.execPath, [script, ...parameters.split(" ")], world.directory);
  const printed = `${finished.stdout}${finished.stderr}`.replaceAll(`${world.directory}/`, "");
  narrator.output(cut(printed));
  if (!expected.includes(finished.exitCode))
    throw new Error(`at-rest ${parameters} ended with ${finished.exitCode}; expected ${expected.join(" or ")}.`);
  if (finished.exitCode !== 0) narrator.say(`(exit code ${finished.exitCode})`);
  return printed;
};

const terraform = async (story: Story, parameters: string, show: (stdout: string) => string): Promise<void> => {
  story.narrator.command(`terraform ${parameters}`);
  const finished = await story.world.run("terraform", [...parameters.split(" "), "-no-color"], story.stackDirectory);
  if (finished.exitCode !== 0) throw new Error(`terraform ${parameters} failed:\n${finished.stdout}${finished.stderr}`);
  story.narrator.output(show(finished.stdout));
};

/**
 * What a merged pull request sets off: synthesise, plan, and apply the very plan that was reviewed, if the buckets are
 * still as the snapshots say that it was made from.
 */
export const applyStage = async (story: Story): Promise<void> => {
  const { world, narrator } = story;
  narrator.command("npx cdktf synth");
  const synth = await world.run("npx", ["cdktf", "synth", "--output", join(world.directory, "cdktf.out")]);
  if (synth.exitCode !== 0) throw new Error(`cdktf synth failed:\n${synth.stdout}${synth.stderr}`);
  await terraform(
    story,
    "init -input=false",
    (text) => text.match(/^Terraform has been successfully initialized!/m)?.[0] ?? text,
  );
  await terraform(story, "plan -input=false -out=plan", planEssentials);
  await atRest(story, "snapshot --check --fleet fleet.yaml");
  await terraform(story, "apply -input=false plan", applyEssentials);
};

export const moveToStage = async (story: Story, stage: string): Promise<void> => {
  story.narrator.command(`sed -i 's/stage: .*/stage: ${stage}/' fleet.yaml`);
  story.world.setStage(stage);
  await applyStage(story);
};

export interface TriedPut {
  /** In words, such as "with AES256". */
  readonly how: string;
  readonly as: S3Client;
  readonly bucket: string;
  readonly encryption?: Pick<PutObjectCommandInput, "ServerSideEncryption" | "SSEKMSKeyId">;
  /** S3's error code, or how the object was stored. */
  readonly expected: "AccessDenied" | "stored under AES256" | "stored under aws:kms";
}

/** Puts a small object and says how it went in the words of S3. */
const tryPut = async ({ narrator }: Story, { how, as, bucket, encryption }: TriedPut): Promise<string> => {
  const outcome = await as
    .send(new PutObjectCommand({ Bucket: bucket, Key: "hello.txt", Body: "hello", ...encryption }))
    .then(({ ServerSideEncryption }) => `stored under ${ServerSideEncryption ?? "no encryption"}`)
    .catch((error: unknown) => {
      if (error instanceof S3ServiceException) return error.name;
      throw error;
    });
  narrator.say(`put s3://${bucket}/hello.txt ${how.padEnd(28)} -> ${outcome}`);
  return outcome;
};

/** Tries a put and states a claim about how S3 answers it. */
export const checkPut = async (story: Story, claim: string, put: TriedPut): Promise<void> => {
  const outcome = await tryPut(story, put);
  story.narrator.check(claim, outcome === put.expected, outcome);
};

/** `terraform plan`, which exits with 2 where something is left to change. */
export const checkNothingToChange = async ({ world, narrator, stackDirectory }: Story): Promise<void> => {
  narrator.command("terraform plan -detailed-exitcode");
  const parameters = ["plan", "-input=false", "-detailed-exitcode", "-no-color"];
  const plan = await world.run("terraform", parameters, stackDirectory);
  narrator.check("terraform plan shows no changes", plan.exitCode === 0, planEssentials(plan.stdout) || plan.stderr);
};

/** The statements that others put into a bucket policy are not ours to touch. */
export const checkForeignStatement = async ({ narrator, operator }: Story): Promise<void> => {
  const { Policy = "{}" } = await operator.send(new GetBucketPolicyCommand({ Bucket: uploads }));
  const statements: unknown[] = JSON.parse(Policy).Statement ?? [];
  const kept = statements.some((statement) => isDeepStrictEqual(statement, partnerStatement));
  narrator.check("the partner's statement in the bucket policy is as it was", kept, `${statements.length} statements`);
};

/** The partner's account reads what has been put under a key of another account in the meantime. */
export const checkPartnerReads = async ({ world, narrator }: Story): Promise<void> => {
  const found = await world
    .client(world.aws.addAccount(partnerAccount))
    .send(new GetObjectCommand({ Bucket: uploads, Key: partnerKey }))
    .then(({ ServerSideEncryption }) => `under ${ServerSideEncryption ?? "no encryption"}`)
    .catch((error: unknown) => {
      if (error instanceof S3ServiceException) return error.name;
      throw error;
    });
  narrator.check("the partner, in another account, still reads its object", found === "under aws:kms", found);
};
