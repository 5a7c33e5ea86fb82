import { clientsBenchmark } from "../../bench/clients/benchmark";
import { listingBenchmark } from "../../bench/clients/listing";
import { numberAboveZero, wholeNumber } from "../../bench/flags";
import { historiesBenchmark } from "../../bench/histories/benchmark";
import { memoryBenchmark } from "../../bench/memory/benchmark";
import { prediction } from "../../bench/prediction";
import { reviewBenchmark } from "../../bench/review/benchmark";
import { scaleBenchmark } from "../../bench/scale/benchmark";

test.each(["0", "-1", "1.5", "", " ", "many", "1e30", "Infinity", "0x"])(
  "%j is no number of things, and the flag is named",
  (value) => {
    expect(() => wholeNumber("--keys", value)).toThrow(`--keys must be a whole number from 1 on, not "${value}".`);
  },
);

test.each(["0", "-1", "", "fast", "Infinity"])("%j is no number above 0", (value) => {
  expect(() => numberAboveZero("--share", value)).toThrow(`--share must be a number above 0, not "${value}".`);
});

test("what is a number is taken as it is", () => {
  expect([wholeNumber("--keys", "1e6"), wholeNumber("--seed", "0", 0), numberAboveZero("--share", "0.8")]).toEqual([
    1_000_000, 0, 0.8,
  ]);
});

test.each([
  [historiesBenchmark, "--histories"],
  [historiesBenchmark, "--processes"],
  [clientsBenchmark, "--objects"],
  [clientsBenchmark, "--runs"],
  [listingBenchmark, "--keys"],
  [memoryBenchmark, "--keys"],
  [reviewBenchmark, "--plans"],
  [scaleBenchmark, "--keys"],
  [prediction, "--concurrency"],
  [prediction, "--latency"],
  [prediction, "--partitions"],
  [prediction, "--share"],
  [prediction, "--cpu"],
] as const)("%p refuses none, and what is no number, as its %s", async (benchmark, flag) => {
  for (const value of ["0", "none"]) {
    await expect(benchmark([flag, value])).rejects.toThrow(`${flag} must be `);
  }
});
