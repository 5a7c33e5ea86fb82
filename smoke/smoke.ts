import { mkdirSync } from "node:fs";
import type { Area } from "../conformance/case";
import { areas } from "../conformance/cases";
import { clientsOf } from "../conformance/clients";
import type { Server } from "../conformance/server";
import { type Finished, runSuite } from "../conformance/suite";
import { checkAccount, checkUnused } from "./account";
import { type CleanedUp, cleanUp } from "./clean-up";
import { askOpenPoints } from "./probes/ask";
import type { Answered } from "./probes/probe";
import type { Chapter, Check, Report } from "./report";
import { prefixOf, type Run } from "./run-id";
import { Stack, type Versions } from "./stack";
import { throughTheStages } from "./stages";

export interface SmokeProps {
  readonly run: Run;
  readonly server: Server;
  /** Constraints of hashicorp/aws; a fresh bucket goes through the stages under each in turn. */
  readonly providers: readonly string[];
  /** Which cases of the conformance suite. */
  readonly conformance: RegExp;
  /** Where fleet, state and stacks of the run are kept. Made if it is not there. */
  readonly directory: string;
  /** Of Terraform and of this project's commands. */
  readonly environment: NodeJS.ProcessEnv;
  readonly say: (text: string) => void;
  /** Ends the run at the next step. What was made is removed all the same. */
  readonly signal: AbortSignal;
}

/**
 * The whole run. A chapter that fails does not keep the others from their turn, and what was made is always removed.
 *
 * @throws Refused before anything is touched
 */
export async function smoke(props: SmokeProps): Promise<Report> {
  const { run, server, directory, environment, say, signal } = props;
  const startedAt = new Date().toISOString();
  const clients = clientsOf(server, server.credentials);
  const chapters: Chapter[] = [];
  const versions: Record<string, string> = { node: process.versions.node };
  let answers: readonly Answered[] = [];
  let finished: readonly Finished[] = [];

  const chapter = async (name: string, work: (check: (check: Check) => void) => Promise<void>): Promise<void> => {
    if (signal.aborted) return;
    say(`\n${name}`);
    const checks: Check[] = [];
    const check = (one: Check): void => {
      checks.push(one);
      say(`  ${one.holds ? "ok " : "OFF"} ${one.claim}: ${one.found}`);
    };
    try {
      await work(check);
      chapters.push({ name, checks });
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      say(`  stopped: ${because}`);
      chapters.push({ name, checks, error: because });
    }
  };

  try {
    const partition = await checkAccount(clients, run.account);
    await checkUnused(clients, run);
    mkdirSync(directory, { recursive: true });
    const programs = { directory, environment: { ...environment, FLEET: `${directory}/fleet.yaml`, CI: "1" } };
    const stack = new Stack({ run, partition, programs });

    let cleanedUp: CleanedUp = { removed: [], left: [] };
    try {
      for (const [index, provider] of props.providers.entries()) {
        await chapter(`Stages and a conversion, hashicorp/aws ${provider}`, async (check) => {
          stack.useProvider(provider);
          const stages = { run, server, clients, programs, stack, check, say, signal };
          try {
            await throughTheStages(stages, `bucket-${index + 1}`);
          } finally {
            // Where Terraform did not get so far there are none, and the chapter's own error says why.
            const { terraform, provider: taken } = await stack.versions().catch((): Versions => ({}));
            if (terraform) versions["terraform"] = terraform;
            if (taken) versions[`hashicorp/aws for ${provider}`] = taken;
          }
        });
      }
      await chapter("Open points, one by one", async (check) => {
        const asked = await askOpenPoints(server, prefixOf(run), signal);
        answers = asked.answers;
        for (const { question, answer } of answers) say(`  ${answer.is.padEnd(9)} ${question}`);
        check({
          claim: "every probe has removed what it made",
          holds: asked.left.length === 0,
          found: asked.left.join("; ") || "yes",
        });
      });
      await chapter("Conformance suite", async () => {
        finished = await runSuite(server, chosen(props.conformance, signal), prefixOf(run));
        for (const { case: one, result } of finished) if (result.is === "fail") say(`  FAIL ${one.name}`);
        say(`  ${finished.length} cases`);
      });
    } finally {
      say("\nClean-up");
      cleanedUp = await cleanUp(server, clients, run).catch((error: unknown) => ({
        removed: [],
        left: [String(error)],
      }));
      for (const what of cleanedUp.left) say(`  left: ${what}`);
      say(`  ${cleanedUp.removed.length} removed`);
    }
    return {
      format: 1,
      run: run.id,
      startedAt,
      account: run.account,
      region: run.region,
      host: new URL(server.url).host,
      versions,
      chapters,
      answers,
      conformance: finished,
      cleanedUp,
      interrupted: signal.aborted,
    };
  } finally {
    clients.destroy();
  }
}

/** The cases that match, which do not begin any more once the run is to stop. */
const chosen = (pattern: RegExp, signal: AbortSignal): Area[] =>
  areas.map((area) => ({
    ...area,
    cases: area.cases
      .filter(({ name, operations }) => [area.name, name, ...operations].some((text) => pattern.test(text)))
      .map((one) => ({
        ...one,
        run: async (world) => {
          signal.throwIfAborted();
          await one.run(world);
        },
      })),
  }));
