import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { writeReport } from "../../scripts/commands/support/report-files";
import { groupsOf } from "../../src/reencrypt/groups";
import { formatLine, type JournalLine } from "../../src/reencrypt/journal";
import { journalLines } from "../../src/reencrypt/journal-file";
import { logOf } from "../../src/reencrypt/object-log";
import { count, isException, type ObjectOutcome } from "../../src/reencrypt/outcome";
import { atRestWorld, bucket } from "../support/at-rest-world";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "at-rest-report-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const keyArn = "arn:aws:kms:eu-west-1:111111111111:key/1b2c3d4e";
const target = { is: "aws:kms", keyArn, bucketKey: true } as const;

const updated = (key: string): ObjectOutcome => ({
  key,
  outcome: "updated",
  seen: { before: { is: "AES256" }, after: target, size: 1000, storageClass: "STANDARD", ageDays: 1 },
});
const right = (key: string): ObjectOutcome => ({
  ...updated(key),
  outcome: "alreadyRight",
  seen: { before: target, after: target, size: 1000 },
});
const failed = (key: string, message = "=HYPERLINK(1)"): ObjectOutcome => ({
  key,
  outcome: "failed",
  message,
  seen: { before: { is: "AES256" }, refused: { status: 403, code: "AccessDenied" } },
});

const page = (sweep: number, objects: readonly ObjectOutcome[], logObjects = false): JournalLine => ({
  ...{ t: "page", sweep, after: null, through: objects.at(-1)?.key ?? null, counts: count(objects) },
  exceptions: objects.filter(isException),
  ...groupsOf(objects),
  ...(logObjects && logOf(objects.filter((object) => !isException(object)))),
});
const began: JournalLine = {
  ...{ t: "process", at: "2026-11-22T01:04:00.100Z", versions: { "at-rest": "0.1.0" } },
  options: { versioning: "Disabled" },
};
const sent = (objects: number): JournalLine => ({
  ...{ t: "traffic", at: "2026-11-22T01:04:01.100Z", milliseconds: 1000, objects },
  operations: { list: 1, head: 2 * objects, updateEncryption: objects },
  throttled: { s3: 1, kms: 0 },
  limits: { reads: 5500, writes: 3500, kms: 5500, ranges: 1, found: false },
});
const end: JournalLine = { t: "end", exitCode: 1 };

/** Writes a run of these lines, and its report. */
async function reportOf(lines: readonly JournalLine[], more: Record<string, unknown> = {}) {
  const request = { command: "reencrypt", bucket, algorithm: "aws:kms", keyArn, bucketKey: true, ...more };
  const run = { format: 1, id: "20261122T010400.000Z", startedAt: "2026-11-22T01:04:00.000Z", request };
  writeFileSync(join(directory, "run.json"), JSON.stringify(run));
  writeFileSync(join(directory, "journal.jsonl"), lines.map(formatLine).join(""));
  return writeReport(directory, run, () => journalLines(join(directory, "journal.jsonl")));
}
const html = () => readFileSync(join(directory, "report/index.html"), "utf8");

/** Read by somebody else's parser. */
function csvRows(): Record<string, string>[] {
  const program = `
import csv, json, sys, urllib.parse
rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
for row in rows: row["decoded"] = urllib.parse.unquote(row["Key"])
print(json.dumps(rows))`;
  return JSON.parse(
    execFileSync("python3", ["-c", program, join(directory, "report/objects.csv")], { encoding: "utf8" }),
  );
}

const hostile = [
  "=cmd|' /C calc'!A0",
  "+1",
  "-2+3",
  "@SUM(A1)",
  "\t=1",
  "\r\n=1,2",
  'a"b,c',
  "</script><script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "\u001b[2J\u202egnp",
  "ü 😀 100%/%2F",
];

test("keys of strangers come back from the CSV as they were, and no cell is a formula", async () => {
  await reportOf([
    began,
    page(
      1,
      hostile.map((key) => failed(key)),
    ),
    sent(1),
    end,
  ]);
  const rows = csvRows();
  expect(rows.map(({ decoded }) => decoded)).toEqual(hostile);
  expect(
    rows
      .flatMap((row) => Object.entries(row))
      .filter(([name, cell]) => name !== "decoded" && /^[=+\-@\t\r]/.test(cell)),
  ).toEqual([]);
  expect(rows[0]).toMatchObject({
    ...{ Bucket: bucket, TaskStatus: "failed", ErrorCode: "AccessDenied", HTTPStatusCode: "403" },
    ...{ ResultMessage: "'=HYPERLINK(1)", Before: "SSE-S3", Outcome: "failed", Sweep: "1" },
  });
});

test("keys of strangers are text on the page, which loads nothing and runs its own script only", async () => {
  await reportOf([
    began,
    page(
      1,
      hostile.map((key) => failed(key, `<iframe>${key}</iframe>`)),
    ),
    sent(1),
    end,
  ]);
  const text = html();
  expect(text.match(/<script/g)).toHaveLength(1);
  expect(text).not.toMatch(/<(?:img|iframe|link|object)[ >]|javascript:/);
  expect(text).toContain("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(text).not.toMatch(/[\u001b\u202e]/);
  expect(text).toContain("default-src 'none'");
});

test("the sum is the same for a run that went on in a second process", async () => {
  const one = [updated("a"), updated("b/1")];
  const two = [failed("c"), updated("d/1")];
  const last = page(2, [...one, updated("d/1")].map(({ key }) => right(key)).concat(failed("c")));
  const swept: JournalLine = { t: "sweep", sweep: 1, converted: 3 };
  const rest = [swept, last, { t: "sweep", sweep: 2, converted: 0 }, sent(4), end] as const;
  const whole = await reportOf([began, page(1, one), page(1, two), sent(4), ...rest]);
  const rows = csvRows();
  const resumed = await reportOf([began, page(1, one), sent(2), began, page(1, two), sent(2), ...rest]);
  expect(csvRows()).toEqual(rows);
  const told = ({ counts, before, after, prefixes, exceptions, verdict, sweeps, visits }: typeof whole) => ({
    ...{ counts, before, after, prefixes, exceptions, verdict, sweeps, visits },
  });
  expect(told(resumed)).toEqual(told(whole));
  expect(whole).toMatchObject({ counts: { updated: 3, failed: 1 }, sweeps: 2, exceptions: 1, processes: 1, visits: 8 });
  expect(resumed.processes).toBe(2);
  expect(html()).toContain("went on 1 time");
});

test("what a later sweep brought to the target is no exception any more", async () => {
  const swept: JournalLine = { t: "sweep", sweep: 1, converted: 1 };
  const settled: JournalLine = { t: "sweep", sweep: 2, converted: 0 };
  const lines = [
    began,
    page(1, [failed("a"), updated("b")], true),
    swept,
    page(2, [updated("a"), right("b")], true),
    settled,
  ];
  const summary = await reportOf([...lines, sent(4), { t: "end", exitCode: 0 }]);
  expect(summary).toMatchObject({ counts: { updated: 2 }, exceptions: 0, exitCode: 0 });
  expect(csvRows().map(({ decoded, Outcome }) => [decoded, Outcome])).toEqual([
    ["b", "updated"],
    ["a", "updated"],
  ]);
});

test("costs are those of what was sent, and of the data that was copied", async () => {
  const copied: ObjectOutcome = {
    ...{ key: "old", outcome: "copied" },
    seen: { before: { is: "none" }, after: target, size: 1024 ** 3, storageClass: "STANDARD_IA", ageDays: 10 },
  };
  const { cost } = await reportOf([began, page(1, [copied]), sent(1000), end]);
  const dollarsOf = (what: string) => cost.items.find((item) => item.what.startsWith(what))?.dollars;
  expect(dollarsOf("updates")).toBeCloseTo(0.005);
  expect(dollarsOf("looks")).toBeCloseTo(0.0008);
  expect(dollarsOf("retrieval")).toBeCloseTo(0.01);
  expect(dollarsOf("early deletion")).toBeCloseTo((0.0125 * 20) / 30);
  expect(cost.dollarsAtMost).toBeGreaterThan(cost.dollars);
  expect(cost.basis).toMatchObject({ region: "us-east-1" });
});

test("a run of the command leaves a report that says what S3 shows, for nobody else to read", async () => {
  const world = await atRestWorld();
  try {
    for (const key of ["a", "b/1"]) await world.put(key);
    const byHand = ["--bucket", bucket, "--sse", "aws:kms", "--kms-key-arn", world.keyArn];
    const { stdout } = await world.atRest("reencrypt", ...byHand, "--yes", "--json", "--log-objects");
    const { run, exitCode } = JSON.parse(stdout);
    expect(exitCode).toBe(0);
    const report = join(world.directory, run, "report");
    for (const name of ["summary.json", "objects.csv", "index.html"]) {
      expect(statSync(join(report, name)).mode & 0o777).toBe(0o600);
    }
    const summary = JSON.parse(readFileSync(join(report, "summary.json"), "utf8"));
    const encryption = `SSE-KMS ${world.keyArn}, bucket key on`;
    expect(summary).toMatchObject({
      before: [{ encryption: "SSE-S3", objects: 2 }],
      after: [{ encryption, objects: 2 }],
      operations: { updateEncryption: 2 },
    });
    const { SSEKMSKeyId } = await world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "a" }));
    expect(encryption).toContain(SSEKMSKeyId);
    expect(readFileSync(join(report, "objects.csv"), "utf8")).toContain(`${bucket},b/1,,succeeded,`);
  } finally {
    await world.close();
  }
}, 60_000);

test("a run says before it asks what the dry run has found, and no longer once the work is done", async () => {
  const world = await atRestWorld();
  try {
    for (const key of ["a", "b/1"]) await world.put(key);
    const byHand = ["--bucket", bucket, "--sse", "aws:kms", "--kms-key-arn", world.keyArn];
    const dry = await world.atRest("reencrypt", ...byHand, "--dry-run");
    expect(dry.stderr).toContain("  about   2 objects, 26 bytes; --dry-run");
    expect(dry.stderr).toContain("report/index.html");
    const asked = await world.atRest("reencrypt", ...byHand);
    expect(asked.stderr).toContain("  found   2 objects, 26 bytes; 2 updates, 0 copies, 0 cannot be done (dry run of ");
    expect(asked.stderr).toContain("  cost    less than $0.01");
    await world.atRest("reencrypt", ...byHand, "--yes");
    const later = await world.atRest("reencrypt", ...byHand);
    expect(later.stderr).toContain("  about   2 objects, 26 bytes; --dry-run");
    expect(later.stderr).not.toContain("dry run of");
  } finally {
    await world.close();
  }
}, 60_000);
