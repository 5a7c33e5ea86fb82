import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(__dirname, "..");

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));

const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), "utf8").matchAll(/(?:from|import|require)\s*\(?\s*"([^"]+)"/g)].map(
    ([, specifier]) => specifier as string,
  );

/** The part of the product that a file belongs to: its first folder, or the first two below `src`. */
const partOf = (file: string): string => {
  const [first = "", second = ""] = file.split("/");
  return first === "src" ? `src/${second}` : first;
};

/** What each part may import besides itself: one way, from the commands down to the fleet. */
const allowed: Record<string, readonly string[]> = {
  "src/fleet": [],
  "src/s3": ["src/fleet"],
  "src/reencrypt": ["src/s3", "src/fleet"],
  "src/checks": ["src/reencrypt", "src/s3", "src/fleet"],
  "src/review": ["src/checks", "src/reencrypt", "src/s3", "src/fleet"],
  "src/rollout": ["src/review", "src/checks", "src/reencrypt", "src/s3", "src/fleet"],
  stacks: ["src/fleet"],
  local: [],
  conformance: ["local"],
  // It runs where AWS is real: there it must not find the local one.
  smoke: ["conformance", "scripts", "src/fleet"],
};

const offences = (parts: readonly string[], check: (file: string) => string[]): string[] =>
  parts.flatMap((part) => sources(part).flatMap((file) => check(file).map((offence) => `${file}: ${offence}`)));

test("imports point one way, and the local AWS and the conformance suite share nothing with the product", () => {
  const wrong = offences(["src", "stacks", "local", "conformance", "smoke"], (file) => {
    const from = partOf(file);
    const may = allowed[from];
    if (!may) return [`${from} has no place in the table of this test`];
    return importsOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => partOf(relative(root, resolve(root, dirname(file), specifier))))
      .filter((to) => to !== from && !may.includes(to))
      .map((to) => `imports ${to}`);
  });
  expect(wrong).toEqual([]);
});

test("nobody imports the whole of @cdktf/provider-aws, which takes seconds and 750 MB", () => {
  const wrong = offences(["src", "stacks", "scripts", "local", "bench", "smoke", "__tests__"], (file) =>
    importsOf(file).filter((specifier) => specifier === "@cdktf/provider-aws"),
  );
  expect(wrong).toEqual([]);
});

// It is under the AGPL, which nothing that runs or is handed on may be.
test("only tests import the independent policy evaluator", () => {
  const wrong = offences(["src", "stacks", "scripts", "local", "bench", "conformance", "smoke"], (file) =>
    importsOf(file).filter((specifier) => specifier.startsWith("@cloud-copilot/")),
  );
  expect(wrong).toEqual([]);
});

// Runs are replayed from a seed, so the pipeline takes time and chance only from its Clock, and touches files only for its runs.
test("the conversion knows no clock, no timer, no chance and no file but those of its runs", () => {
  const forbidden: readonly [RegExp, string][] = [
    [/\bDate\b/, "uses Date"],
    [/\bset(?:Timeout|Interval|Immediate)\b/, "sets a timer"],
    [/\bMath\.random\b|\brandomUUID\b|\brandomBytes\b/, "uses chance"],
    [/"(?:node:)?fs(?:\/promises)?"/, "touches files"],
  ];
  const wrong = offences(["src/reencrypt"], (file) => {
    const ofRuns =
      /\/(?:journal-file|anonymous-file|line-set|open-run|run-directory|run-lock|manifest-file|key-file)\.ts$/;
    if (ofRuns.test(file)) return [];
    const code = readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    return forbidden.filter(([pattern]) => pattern.test(code)).map(([, what]) => what);
  });
  expect(wrong).toEqual([]);
});
