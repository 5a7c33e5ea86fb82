import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { JournalNotWritten } from "../../src/reencrypt/group-writer";
import { formatLine, type JournalLine, parseLine } from "../../src/reencrypt/journal";
import { type AppendOnly, fileWriter, textLines } from "../../src/reencrypt/journal-file";
import { type OpenRun, openRun, UnfinishedRun } from "../../src/reencrypt/open-run";
import { runDirectory } from "../../src/reencrypt/run-directory";
import { placeOfProcess } from "../../src/reencrypt/run-lock";
import { RunInUse } from "../../src/reencrypt/run-store";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const request = { command: "reencrypt", bucket: "acme-uploads" };
let time = Date.UTC(2026, 10, 22, 1, 4);

const openIn = async (directory: string, changes: { request?: typeof request; newRun?: boolean } = {}) => {
  const replayed: JournalLine[] = [];
  const run = await openRun({
    store: runDirectory(directory),
    request,
    now: time++,
    newRun: false,
    replay: (line) => replayed.push(line),
    ...changes,
  });
  return { run, replayed };
};
const journalOf = (run: OpenRun) => join(run.place, "journal.jsonl");

// Line ends of every kind, and what JSON and UTF-8 find hard.
const key = fc.oneof(
  fc.string({ unit: "binary", minLength: 1 }),
  fc.constantFrom("line\nbreak", "a\u2028b\u2029c", "\r", "\u0000", "🐎", '"\\'),
);
const line: fc.Arbitrary<JournalLine> = fc.oneof(
  fc.record({ t: fc.constant("intent" as const), key, etag: fc.string() }),
  fc.record({
    t: fc.constant("page" as const),
    sweep: fc.constant(1),
    after: fc.option(key, { nil: null }),
    through: fc.option(key, { nil: null }),
    counts: fc.constant({ updated: 3 }),
    exceptions: fc.array(fc.record({ key, outcome: fc.constant("failed" as const), message: fc.string() }), {
      maxLength: 2,
    }),
  }),
  fc.record({ t: fc.constant("sweep" as const), sweep: fc.nat(), converted: fc.nat() }),
);

test("a line survives writing and reading, and no damaged one is believed", () => {
  fc.assert(
    fc.property(line, fc.nat(), (one, position) => {
      const text = formatLine(one).slice(0, -1);
      expect(parseLine(text)).toEqual(JSON.parse(JSON.stringify(one)));
      const at = position % text.length;
      const damaged = `${text.slice(0, at)}${text[at] === "x" ? "y" : "x"}${text.slice(at + 1)}`;
      expect(parseLine(damaged)).toBeUndefined();
    }),
  );
});

test("however a journal is torn, what comes back are its first lines, and it can be written on", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 5 }), fc.nat(), line, async (lines, cut, more) => {
      const directory = mkdtempSync(join(root, "runs-"));
      const { run } = await openIn(directory);
      await Promise.all(lines.map((one) => run.append(one)));
      await run.close();
      const { size } = statSync(journalOf(run));
      truncateSync(journalOf(run), cut % (size + 1));

      const second = await openIn(directory);
      expect(second.run.id).toBe(run.id);
      const kept = second.replayed.length;
      expect(second.replayed).toEqual(lines.slice(0, kept));
      await second.run.append(more);
      await second.run.close();

      const third = await openIn(directory);
      expect(third.replayed).toEqual([...lines.slice(0, kept), more]);
      await third.run.close();
    }),
    { numRuns: 40 },
  );
});

test("a damaged line in the middle costs that line only", async () => {
  const { run } = await openIn(root);
  for (const sweep of [1, 2, 3]) await run.append({ t: "sweep", sweep, converted: 1 });
  await run.close();
  const text = readFileSync(journalOf(run), "utf8");
  writeFileSync(journalOf(run), text.replace('"sweep":2', '"sweep":9'));
  const { run: again, replayed } = await openIn(root);
  await again.close();
  expect(replayed).toMatchObject([{ sweep: 1 }, { sweep: 3 }]);
});

test("a finished run is not continued", async () => {
  const { run } = await openIn(root);
  await run.append({ t: "end", exitCode: 0 });
  await run.close();
  const { run: next, replayed } = await openIn(root);
  await next.close();
  expect(next.id).not.toBe(run.id);
  expect(replayed).toEqual([]);
});

test("a run that began while the clock had been set back is continued, and not lost behind an older one", async () => {
  const { run: first } = await openIn(root);
  await first.append({ t: "end", exitCode: 0 });
  await first.close();
  time -= 3_600_000;
  const { run } = await openIn(root);
  await run.append({ t: "sweep", sweep: 1, converted: 1 });
  await run.close();

  const { run: again, replayed } = await openIn(root);
  await again.close();
  time += 3_600_000;
  expect(again.id).toBe(run.id);
  expect(replayed).toMatchObject([{ sweep: 1 }]);
});

test("an unfinished run for something else is in the way, until a new one is asked for", async () => {
  const { run } = await openIn(root);
  await run.close();
  const other = { request: { ...request, bucket: "acme-logs" } };
  await expect(openIn(root, other)).rejects.toThrow(UnfinishedRun);
  const { run: next } = await openIn(root, { ...other, newRun: true });
  await next.close();
  expect(readdirSync(root)).toHaveLength(2);
});

test("nobody else can read the keys in it", async () => {
  const { run } = await openIn(join(root, "deep", "er"));
  await run.close();
  for (const file of ["run.json", "journal.jsonl"]) {
    expect(statSync(join(run.place, file)).mode & 0o777).toBe(0o600);
  }
});

test("a run whose end is behind megabytes of journal is finished, and one that ends in a torn end is not", async () => {
  const { run } = await openIn(root);
  for (let sweep = 1; sweep <= 200; sweep++) {
    await run.append({ t: "intent", key: "k".repeat(1024), etag: `"${sweep}"` });
  }
  await run.append({ t: "end", exitCode: 3 });
  await run.close();
  const { size } = statSync(journalOf(run));

  const next = await openIn(root);
  await next.run.close();
  expect(next.run.id).not.toBe(run.id);

  rmSync(next.run.place, { recursive: true });
  truncateSync(journalOf(run), size - 5);
  const again = await openIn(root);
  await again.run.close();
  expect(again.run.id).toBe(run.id);
  expect(again.replayed).toHaveLength(200);
});

test("a line is written once it is on the disk, and not before", async () => {
  const done: string[] = [];
  const file: AppendOnly = {
    appendFile: async () => void done.push("handed over"),
    datasync: async () => {
      await new Promise(setImmediate);
      done.push("on the disk");
    },
  };
  await fileWriter(file, "journal.jsonl")({ t: "sweep", sweep: 1, converted: 0 });
  expect(done).toEqual(["handed over", "on the disk"]);
});

test("lines are the same however the file is read in pieces, and a last one without its end counts", async () => {
  async function* pieces(whole: Buffer, size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
  }
  const text = fc.string({ unit: fc.constantFrom("a", "ü", "\u2028", "\r") });
  await fc.assert(
    fc.asyncProperty(fc.array(text), text, fc.integer({ min: 1, max: 9 }), async (ended, last, size) => {
      const whole = Buffer.from([...ended, last].join("\n"));
      const read: string[] = [];
      for await (const one of textLines(pieces(whole, size))) read.push(one.toString());
      expect(read).toEqual(last === "" ? ended : [...ended, last]);
    }),
  );
});

test("once a line could not be written no later one is, and every writer hears of it", async () => {
  const written: string[] = [];
  let left = 2;
  const file: AppendOnly = {
    appendFile: async (text) => {
      if (left-- === 0) throw new Error("ENOSPC: no space left on device, write");
      written.push(String(text));
    },
    datasync: async () => undefined,
  };
  const append = fileWriter(file, "journal.jsonl");
  const sweepLine = (sweep: number): JournalLine => ({ t: "sweep", sweep, converted: 0 });
  await append(sweepLine(1));
  await append(sweepLine(2));
  const ends = await Promise.allSettled([append(sweepLine(3)), append(sweepLine(4))]);
  for (const end of [...ends, ...(await Promise.allSettled([append(sweepLine(5))]))]) {
    expect(end).toMatchObject({ status: "rejected", reason: expect.any(JournalNotWritten) });
    expect(end).toMatchObject({ reason: { message: expect.stringContaining("no space left") } });
  }
  expect(written.join("")).toBe(`\n${formatLine(sweepLine(1))}${formatLine(sweepLine(2))}`);
});

test("a run file that is damaged, or of another run, is never taken for one's own", async () => {
  const { run } = await openIn(root);
  await run.close();
  const file = join(run.place, "run.json");
  const good = readFileSync(file, "utf8");
  for (const bad of [good.slice(0, 40), good.replace('"format": 1', '"format": 2'), good.replace(run.id, "other")]) {
    writeFileSync(file, bad);
    await expect(openIn(root)).rejects.toThrow(UnfinishedRun);
  }
  writeFileSync(file, good);
  const { run: again } = await openIn(root);
  await again.close();
  expect(again.resumed).toBe(true);
});

describe("one process at a time", () => {
  const lockOf = (pid: number, place = placeOfProcess()) => join(root, `lock-${pid}@${place}`);

  test("another that is at work is named, until it lets go or is gone", async () => {
    const other = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: ["pipe", "ignore", "ignore"] });
    const gone = once(other, "exit");
    const { pid } = other;
    if (pid === undefined) throw new Error("no process could be started");
    writeFileSync(lockOf(pid), "");

    await expect(openIn(root)).rejects.toThrow(RunInUse);
    await expect(openIn(root)).rejects.toThrow(`process ${pid} on ${hostname()}`);
    expect(readdirSync(root)).toEqual([`lock-${pid}@${placeOfProcess()}`]); // nothing of ours is left

    other.kill("SIGKILL");
    await gone;
    const { run } = await openIn(root);
    await run.close();
    expect(readdirSync(root)).toEqual([run.id]);
  });

  test("of a process on another machine nothing is known, so it counts as there", async () => {
    const noProcessHere = 99_999_999;
    writeFileSync(lockOf(noProcessHere, "elsewhere"), "");
    await expect(openIn(root)).rejects.toThrow(`process ${noProcessHere} on elsewhere`);
  });

  test("nor of one in another container, be its host name and its number ours", async () => {
    const { pid } = process;
    writeFileSync(lockOf(pid, `${hostname()}+1`), "");
    await expect(openIn(root)).rejects.toThrow(`process ${pid} on ${hostname()} is at work`);
  });

  test("a run that cannot be opened leaves no lock", async () => {
    const { run } = await openIn(root);
    await run.close();
    await expect(openIn(root, { request: { ...request, bucket: "acme-logs" } })).rejects.toThrow(UnfinishedRun);
    expect(readdirSync(root)).toEqual([run.id]);
  });
});
