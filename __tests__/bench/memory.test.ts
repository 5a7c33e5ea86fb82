import { tmpdir } from "node:os";
import { milestones } from "../../bench/memory/benchmark";
import { heldBy, heldIn, liveBytesIn, watch } from "../../bench/memory/watch";

test("resident memory now and at most is read from what Linux tells of a process", () => {
  const status = "Name:\tnode\nVmPeak:\t33512016 kB\nVmHWM:\t  274748 kB\nVmRSS:\t  251628 kB\nRssAnon:\t 198900 kB\n";
  expect(heldIn(status)).toEqual({ bytes: 251_628 * 1024, peakBytes: 274_748 * 1024 });
});

test("a process that has ended holds nothing", () => {
  expect(heldIn("Name:\tnode\nState:\tZ (zombie)\nThreads:\t1\n")).toBeUndefined();
});

test.each([
  ["[71:0x1]  4821 ms: Mark-Compact 28.4 (61.0) -> 19.5 (45.2) MB, 12.31 / 0.00 ms  (average mu = 0.9)", 19.5],
  ["[71:0x1]  4821 ms: Mark-Compact (reduce) 28.4 (61.0) -> 19 (45.2) MB, 12.31 / 0.00 ms  task", 19],
  ["[71:0x1]   721 ms: Scavenge 28.4 (61.0) -> 26.1 (61.2) MB, 2.31 / 0.00 ms  allocation failure", undefined],
  ['{"objects": 10000, "outcome": "1 (2) -> 3 (4)"}', undefined],
])("what lives after %s", (line, megabytes) => {
  expect(liveBytesIn(line)).toBe(megabytes === undefined ? undefined : megabytes * 1024 * 1024);
});

test("a tenth and half of the bucket are told as they are reached, all of it at the end of the process", () => {
  const series = [0, 90, 130, 400, 510, 700, 1000, 1000].map((objects, second) => ({ objects, second }));
  expect(milestones(series, 1000).map(({ second }) => second)).toEqual([2, 4, 7]);
});

test("a run that has not come to its end has no row for it", () => {
  const series = [0, 510].map((objects) => ({ objects }));
  expect(milestones(series, 1000)).toEqual([{ objects: 510 }, { objects: 510 }]);
});

test("memory that is taken is seen from outside", () => {
  const before = heldBy(process.pid)?.bytes ?? Number.NaN;
  const taken = Buffer.alloc(100 * 1024 * 1024, 1);
  expect(heldBy(process.pid)?.bytes).toBeGreaterThan(before + taken.length / 2);
});

test("a program is watched to its end, and what its collector said is read", async () => {
  const program = "globalThis.gc(); console.error('all done'); process.exitCode = 3;";
  const command = { program: process.execPath, parameters: ["--expose-gc", "-e", program] };
  const watched = watch(command, tmpdir());
  expect(await watched.ended).toEqual({ exitCode: 3, stderr: "all done\n" });
  expect(watched.held()).toBeUndefined();
  expect(watched.liveBytes()).toBeGreaterThan(1024 * 1024);
});
