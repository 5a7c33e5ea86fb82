import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type Case, documentOf, type Outcome } from "./cases";
import { differences, restated } from "./differences";
import { examples } from "./examples";
import { cases } from "./generate";
import { independentOutcome, type Question } from "./independent";
import { keysOf, ourOutcome } from "./ours";

// `npm run conformance:policies` asks for many more, of another seed each time.
const numRuns = Number(process.env["POLICY_CASES"] ?? 2_000);
const seed = Number(process.env["POLICY_SEED"] ?? (process.env["POLICY_CASES"] ? Date.now() % 2 ** 31 : 20_261_122));

const questionOf = ({ secure, sourceIp, ...asked }: Case): Question => ({
  ...asked,
  keys: keysOf({ ...asked, secure, sourceIp }),
});

async function theirOutcome(questions: readonly Question[]): Promise<Outcome> {
  const outcomes = await Promise.all(questions.map(independentOutcome));
  return (["explicitDeny", "allowed"] as const).find((outcome) => outcomes.includes(outcome)) ?? "implicitDeny";
}

const shown = (asked: Case): string =>
  JSON.stringify(asked, (_name, value) => (value?.statements ? documentOf(value) : value), 1);

/** A difference of one in many hours of cases must not be lost with a terminal's scrollback. */
function kept(error: unknown): Error {
  const file = join(mkdtempSync(join(tmpdir(), "policies-")), "difference.txt");
  const again = `POLICY_SEED=${seed} POLICY_CASES=${numRuns} npx jest __tests__/local/identity/conformance`;
  const text = `${again}\n\n${error instanceof Error ? error.message : error}\n`;
  writeFileSync(file, text);
  process.stderr.write(`A difference, kept in ${file}\n${text}`);
  return new Error(`kept in ${file}: ${text}`);
}

test("decides as an independent evaluator does, apart from the differences that are explained", async () => {
  const counts: Record<Outcome, number> = { allowed: 0, explicitDeny: 0, implicitDeny: 0 };
  const compare = async (asked: Case): Promise<void> => {
    const ours = ourOutcome(asked);
    const theirs = await theirOutcome(restated(questionOf(asked)));
    if (ours !== theirs) throw new Error(`ours: ${ours}, theirs: ${theirs}\n${shown(asked)}`);
    counts[ours] += 1;
  };
  const started = Date.now();
  const property = fc.asyncProperty(cases, compare);
  await fc.assert(property, { numRuns, seed }).catch((error: unknown) => {
    throw kept(error);
  });
  const seconds = ((Date.now() - started) / 1_000).toFixed(0);
  process.stderr.write(`${numRuns} cases of seed ${seed} in ${seconds} s: ${JSON.stringify(counts)}, no difference\n`);
  // Comparing says little where nothing is ever allowed.
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(numRuns / 10);
}, 3_600_000);

describe("explained differences that are still there", () => {
  test.each(Object.entries(examples))("%s", async (name, asked) => {
    const question = questionOf(asked);
    const difference = Object.entries(differences).find(([known]) => known === name)?.[1];
    if (!difference) throw new Error(`no difference ${name}`);
    const ours = ourOutcome(asked);
    expect(await theirOutcome([question])).not.toBe(ours);
    expect(await theirOutcome(difference.restate(question))).toBe(ours);
  });
});

test.each(["aws:EpochTime", "aws:CurrentTime"])(
  "what a condition is restated as does not take the place of one on %s",
  async (key) => {
    const absent = { operator: "Null", key, values: ["true"] };
    const { ifExistsInSets: asked } = examples;
    const identity = asked.identity.map(({ statements, ...policy }) => ({
      ...policy,
      statements: statements.map((statement) => ({ ...statement, conditions: [absent, ...statement.conditions] })),
    }));
    expect(ourOutcome({ ...asked, identity })).toBe("implicitDeny");
    expect(await theirOutcome(restated(questionOf({ ...asked, identity })))).toBe("implicitDeny");
  },
);
