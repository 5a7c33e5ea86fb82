import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { BucketLocationConstraint } from "@aws-sdk/client-s3";
import { type Clients, clientsOf } from "../conformance/clients";
import type { Server } from "../conformance/server";
import type { Stage } from "../src/fleet/fleet";
import { outputsPath } from "../src/fleet/names";
import { bucketOutputOf, parseStackOutputs } from "../src/fleet/outputs";
import { checkConverted, putObjects } from "./conversion";
import { atRest, type Programs } from "./program";
import { checkPuts } from "./puts";
import type { Check } from "./report";
import { prefixOf, type Run, stackNameOf } from "./run-id";
import type { Stack } from "./stack";

export interface StagesProps {
  readonly run: Run;
  readonly server: Server;
  readonly clients: Clients;
  readonly programs: Programs;
  readonly stack: Stack;
  /** Told of each check as it is made. */
  readonly check: (check: Check) => void;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Takes a fresh bucket through every stage with one version of the provider: apply, a plan that must be empty, and puts
 * in every way that the enforcement tells apart; at stage encrypt its objects are converted.
 *
 * @param name of the bucket, after the run's prefix
 */
export async function throughTheStages(props: StagesProps, name: string): Promise<void> {
  const { run, server, clients, programs, stack, say, check, signal } = props;
  const bucket = `${prefixOf(run)}${name}`;
  const fleet = ["--fleet", "fleet.yaml"];
  const plainHttp = server.plainUrl ? clientsOf({ ...server, url: server.plainUrl }, server.credentials) : undefined;

  const move = async (stage: Stage): Promise<void> => {
    signal.throwIfAborted();
    say(`stage ${stage}`);
    stack.write(bucket, stage);
    say(`  ${await stack.apply()}`);
    const left = await stack.leftToChange();
    check({
      claim: `stage ${stage}: a plan after the apply has nothing to change`,
      holds: left === "No changes",
      found: left,
    });
    await wait(server.settling);
  };
  const command = async (...parameters: readonly string[]): Promise<void> => {
    signal.throwIfAborted();
    say(`at-rest ${parameters[0]}`);
    const { exitCode, said } = await atRest(programs, ...parameters, ...fleet);
    check({
      claim: `at-rest ${parameters.join(" ")} ends with exit code 0`,
      holds: exitCode === 0,
      found: exitCode === 0 ? "yes" : `${exitCode}: ${said}`,
    });
  };

  try {
    const LocationConstraint = run.region as BucketLocationConstraint;
    await clients.s3.createBucket({
      Bucket: bucket,
      ...(run.region !== "us-east-1" && { CreateBucketConfiguration: { LocationConstraint } }),
    });
    const before = await putObjects(clients.s3, bucket);
    const { KeyMetadata } = await clients.kms.createKey({ Description: `${prefixOf(run)}another key` });

    await move("prepare");
    await command("snapshot");
    await command("outputs");
    const keyArn = keyOf(programs, run, bucket);
    const puts = { s3: clients.s3, plainHttp: plainHttp?.s3, bucket, keyArn, anotherKeyArn: KeyMetadata?.Arn ?? "" };
    const tryPuts = async (stage: Stage): Promise<void> => {
      for (const one of await checkPuts(stage, puts, server.settling)) check(one);
    };
    await tryPuts("prepare");
    await command("backup", "--yes");

    await move("encrypt");
    await tryPuts("encrypt");
    await command("reencrypt", "--yes");
    await command("audit");
    for (const one of await checkConverted(clients.s3, bucket, before, keyArn)) check(one);

    await move("enforce");
    await tryPuts("enforce");
    await command("audit");

    await move("released");
    await tryPuts("released");
  } finally {
    plainHttp?.destroy();
  }
}

/** The key that the stack has made, as `at-rest outputs` has written it down. */
function keyOf({ directory }: Programs, run: Run, bucket: string): string {
  const outputs = parseStackOutputs(JSON.parse(readFileSync(outputsPath(directory, stackNameOf(run)), "utf8")));
  const keyArn = bucketOutputOf(outputs, bucket)?.keyArn;
  if (!keyArn) throw new Error(`the outputs of ${stackNameOf(run)} name no key for ${bucket}`);
  return keyArn;
}
