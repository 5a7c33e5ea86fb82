import type { Need } from "../../conformance/case";
import { refusalOf } from "../../conformance/expect";
import type { World } from "../../conformance/world";

/** What a server said to an open question. `other`: neither, as when the way to ask it did not work. */
export type Answer =
  | { readonly is: "yes" | "no" | "other"; readonly evidence: string }
  | { readonly is: "not asked"; readonly because: string };

/** A question that no AWS page answers, and the requests that answer it. */
export interface Probe {
  readonly question: string;
  readonly sends: string;
  readonly needs?: readonly Need[];
  /** Throws where what the question takes for granted is not so. */
  ask(world: World): Promise<Answer>;
}

export interface Answered extends Pick<Probe, "question" | "sends"> {
  readonly answer: Answer;
}

/** "200", or the status, code and message of the refusal. */
export async function said(call: Promise<unknown>): Promise<string> {
  const refusal = await refusalOf(call);
  return refusal ? `${refusal.status} ${refusal.code ?? ""}: ${refusal.message ?? ""}` : "200";
}

/** Yes where the call succeeds, no where it is forbidden. */
export async function isAllowed(call: Promise<unknown>, step = ""): Promise<Answer> {
  const evidence = await said(call);
  const is = evidence === "200" ? "yes" : evidence.startsWith("403 ") ? "no" : "other";
  return { is, evidence: step ? `${step}: ${evidence}` : evidence };
}

/** Yes where the call is refused so, no where it succeeds. */
export async function isRefused(call: Promise<unknown>, status: number): Promise<Answer> {
  const evidence = await said(call);
  const is = evidence === "200" ? "no" : evidence.startsWith(`${status} `) ? "yes" : "other";
  return { is, evidence };
}

/** A statement that refuses puts into the bucket under this condition. */
export const denyPuts = (bucket: string, condition: object): object => ({
  Effect: "Deny",
  Principal: "*",
  Action: "s3:PutObject",
  Resource: `arn:aws:s3:::${bucket}/*`,
  Condition: condition,
});

export const withoutHeader = { Null: { "s3:x-amz-server-side-encryption": "true" } };
