import fc from "fast-check";
import { ANSWERS_KEPT_MS, formatKept, type KeptAnswer, readKept } from "../../../src/checks/preflight/kept-answers";

const now = Date.parse("2026-11-28T12:00:00Z");
/** Minutes before now, older and younger than what counts, and some of a clock that was wrong. */
const age = fc.integer({ min: -60, max: 2 * (ANSWERS_KEPT_MS / 60_000) });
const answer = fc.record({
  reads: fc.boolean(),
  writes: fc.boolean(),
  hangsOn: fc.array(fc.string(), { maxLength: 2 }),
});
const lines = fc.uniqueArray(age, { maxLength: 12 }).chain((ages) =>
  fc.tuple(
    ...ages.map((minutes) =>
      fc.record({
        at: fc.constant(new Date(now - minutes * 60_000).toISOString()),
        principal: fc.constant("arn:aws:iam::111111111111:role/app"),
        question: fc.constantFrom("a", "b"),
        answers: fc.dictionary(fc.constantFrom("acme-logs", "acme-uploads", "acme-x"), answer, {
          noNullPrototype: true,
        }),
      }),
    ),
  ),
);

/** The youngest answer to each question about each bucket; of two of the same time the one that was written later. */
function expected(kept: readonly KeptAnswer[]): Record<string, unknown> {
  const young = kept.filter(({ at }) => Date.parse(at) <= now && now - Date.parse(at) <= ANSWERS_KEPT_MS);
  const latest: Record<string, { at: string; says: unknown }> = {};
  for (const { at, question, answers } of young) {
    for (const [bucket, says] of Object.entries(answers)) {
      const id = `${question} ${bucket}`;
      const known = latest[id];
      if (!known || known.at <= at) latest[id] = { at, says };
    }
  }
  return Object.fromEntries(Object.entries(latest).map(([id, { says }]) => [id, says]));
}

const asRecord = (found: ReturnType<typeof readKept>): Record<string, unknown> =>
  Object.fromEntries(
    [...found].flatMap(([question, byBucket]) =>
      [...byBucket].map(([bucket, says]) => [`${question} ${bucket}`, says]),
    ),
  );

test("the latest answer to each question counts, wherever it stands, and none that is older than a day or of the future", () => {
  fc.assert(
    fc.property(lines, (kept) => {
      expect(asRecord(readKept(kept.map(formatKept).join(""), now))).toEqual(expected(kept));
    }),
  );
});

test("a file that was cut anywhere has all lines that are whole, and what is written after it is read", () => {
  fc.assert(
    fc.property(lines, lines, fc.nat(), (kept, later, at) => {
      const text = kept.map(formatKept).join("");
      const cut = text.slice(0, text.length === 0 ? 0 : at % text.length);
      // A line whose end alone is missing is whole.
      const endOf = (place: number) => kept.slice(0, place).map(formatKept).join("").length;
      const whole = kept.filter((_, place) => cut.length >= endOf(place + 1) - 1);
      const found = readKept(`${cut}\n${later.map(formatKept).join("")}`, now);
      expect(asRecord(found)).toEqual(expected([...whole, ...later]));
    }),
  );
});

test.each([
  ["an edited line", '{"at":"yesterday","principal":"a","question":"b","answers":{}}'],
  ["a line of another version", '{"at":"2026-11-28T11:00:00.000Z","question":"b","answers":{"acme":{"reads":true}}}'],
  ["no JSON", "reads: true"],
])("%s says nothing", (_, line) => {
  expect(readKept(`${line}\n`, now).size).toBe(0);
});
