import type { Area } from "../../conformance/case";
import type { Server } from "../../conformance/server";
import { runSuite } from "../../conformance/suite";
import { copies } from "./copies";
import { eventProbes } from "./events";
import { leftOpen } from "./not-asked";
import { policyProbes } from "./policies";
import type { Answer, Answered, Probe } from "./probe";
import { updateProbes } from "./updates";

export const probes: readonly Probe[] = [...copies, ...updateProbes, ...eventProbes, ...policyProbes];

export interface Asked {
  readonly answers: readonly Answered[];
  /** What the probes could not remove. */
  readonly left: readonly string[];
}

const stopped: Answer = { is: "not asked", because: "the run was stopped before" };

/**
 * Asks a server every open question, in the order of `probes`, and adds those that are not asked at all. A question that
 * cannot be put, since what it takes for granted is not so, is answered with `other`; one that the server lacks
 * something for, with `not asked`.
 */
export async function askOpenPoints(server: Server, prefix: string, signal: AbortSignal): Promise<Asked> {
  const answers = new Map<Probe, Answer>();
  const area: Area = {
    name: "Open points",
    needs: ["tls"],
    cases: probes.map((probe) => ({
      name: probe.question,
      operations: [],
      source: "none: it is an open question",
      needs: probe.needs,
      run: async (world) => {
        answers.set(probe, signal.aborted ? stopped : await probe.ask(world));
      },
    })),
  };
  const finished = await runSuite(server, [area], prefix);
  return {
    answers: [
      ...probes.map(({ question, sends }, index) => {
        const probe = probes[index];
        const answer = probe && answers.get(probe);
        return { question, sends, answer: answer ?? unanswered(finished[index]?.result) };
      }),
      ...leftOpen,
    ],
    left: finished.flatMap(({ left }) => left ?? []),
  };
}

type Result = Awaited<ReturnType<typeof runSuite>>[number]["result"];

function unanswered(result: Result | undefined): Answer {
  if (result?.is === "fail") return { is: "other", evidence: result.because };
  if (result?.is === "not supported") return { is: "not asked", because: result.because };
  return stopped;
}
