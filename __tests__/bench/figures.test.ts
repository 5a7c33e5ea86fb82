import { figuresOf, rowOf, whatCameOfIt } from "../../bench/clients/figures";
import type { Measured } from "../../bench/measure";
import type { Found } from "../../bench/servers/protocol";

const measured = (seconds: number, cpuSeconds: number, exitCode = 0): Measured => ({
  exitCode,
  seconds,
  cpuSeconds,
  peakBytes: 90e6,
  stdout: "",
  stderr: "",
});
const found: Found = {
  tell: "found",
  requests: { HeadObject: 2_002, UpdateObjectEncryption: 1_001, ListObjects: 1 },
  cpuMicroseconds: 1_500_000,
  converted: 1_001,
  readBack: 1_001,
};
const result = { objects: 1_001, start: measured(1, 0.5), whole: measured(3, 2.5), found };

test("figures are told with the start of the process and without it", () => {
  expect(figuresOf(result)).toEqual({
    objectsPerSecond: 1_001 / 3,
    cpuMicroseconds: 2.5e6 / 1_001,
    objectsPerSecondRunning: 500,
    cpuMicrosecondsRunning: 2_000,
    requests: 3_004 / 1_001,
    peakMegabytes: 90,
    serverBusy: 0.5,
  });
});

test.each([
  ["all read back", {}],
  ["none read back", { found: { ...found, readBack: 0 } }],
  ["7 read back", { found: { ...found, readBack: 7 } }],
  [
    "exit code 1, 1 not converted, 1000 read back",
    { whole: measured(3, 2, 1), found: { ...found, converted: 1_000, readBack: 1_000 } },
  ],
  ["all read back, tags of 3 lost, ACL of 1 lost", { found: { ...found, lost: { tags: 3, ACL: 1 } } }],
])("what came of it: %s", (words, change) => {
  expect(whatCameOfIt({ ...result, ...change })).toBe(words);
});

test("a tool that is not there has its row", () => {
  expect(rowOf({ client: "s5cmd", does: "s5cmd cp", missing: "s5cmd" })).toMatchObject({
    client: "s5cmd",
    outcome: "s5cmd is not installed",
  });
});
