import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { formatLine } from "../../src/reencrypt/journal";
import type { ObjectOutcome } from "../../src/reencrypt/outcome";

const PAGES = 300;
const PAGE = 1_000;
const KEY = `${"long/".repeat(40)}<b>&`;
const MESSAGE = `AccessDenied (403): ${"no identity-based policy allows it ".repeat(2)}`;

const directory = mkdtempSync(join(tmpdir(), "at-rest-report-"));
afterAll(() => rmSync(directory, { recursive: true }));

function journalOfExceptions(): void {
  const request = { bucket: "acme-uploads", region: "eu-west-1", account: "111111111111", algorithm: "AES256" };
  const run = {
    format: 1,
    id: "20261127T000000.000Z",
    request: { command: "reencrypt", versions: "current", ...request },
  };
  writeFileSync(
    join(directory, "run.json"),
    JSON.stringify({ ...run, requestHash: "", startedAt: "2026-11-27T00:00:00Z" }),
  );
  const journal = join(directory, "journal.jsonl");
  const keyOf = (page: number, index: number) =>
    `${KEY}${String(page).padStart(5, "0")}/${String(index).padStart(4, "0")}`;
  for (let page = 0; page < PAGES; page++) {
    const exceptions = Array.from({ length: PAGE }, (_, index): ObjectOutcome => {
      const seen = { before: { is: "none" }, refused: { status: 403, code: "AccessDenied" } } as const;
      return { key: keyOf(page, index), outcome: "failed", message: MESSAGE, seen };
    });
    const after = page === 0 ? null : keyOf(page - 1, PAGE - 1);
    const through = page === PAGES - 1 ? null : keyOf(page, PAGE - 1);
    appendFileSync(journal, formatLine({ t: "page", sweep: 1, after, through, counts: { failed: PAGE }, exceptions }));
  }
  appendFileSync(journal, formatLine({ t: "sweep", sweep: 1, converted: 0 }) + formatLine({ t: "end", exitCode: 1 }));
}

test("300,000 exceptions need little memory, and make a page that opens and says where the rest is", () => {
  journalOfExceptions();
  expect(statSync(join(directory, "journal.jsonl")).size).toBeGreaterThan(96e6);
  const required = (file: string): string => `require(${JSON.stringify(resolve(__dirname, "../..", file))})`;
  const program = `const { writeReport } = ${required("scripts/commands/support/report-files.ts")};
    const { journalLines } = ${required("src/reencrypt/journal-file.ts")};
    const directory = ${JSON.stringify(directory)};
    const run = JSON.parse(require("node:fs").readFileSync(directory + "/run.json", "utf8"));
    writeReport(directory, run, () => journalLines(directory + "/journal.jsonl"))
      .then(({ exceptions }) => console.log(exceptions));`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--max-old-space-size=96", "--require", "tsx/cjs", "--eval", program],
    { encoding: "utf8" },
  );
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "300000\n", stderr: "" });

  const page = readFileSync(join(directory, "report", "index.html"), "utf8");
  expect(page.length).toBeLessThan(2e6);
  expect(page.match(/The first [^<]*<code>objects\.csv/)?.[0]).toBe(
    "The first 1,000 of 300,000. All are in <code>objects.csv",
  );
  const csv = readFileSync(join(directory, "report", "objects.csv"));
  let lines = 0;
  for (const byte of csv) if (byte === 10) lines++;
  expect(lines).toBe(1 + PAGES * PAGE);
}, 600_000);
