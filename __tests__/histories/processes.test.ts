import { runHistories } from "../../bench/histories/many";
import { runInProcesses } from "../../bench/histories/processes";

// Each process has its own program to read first.
jest.setTimeout(240_000);

const SEED = 1;
/** Two lots, the second of which is not full. */
const HISTORIES = 120;

test("histories in several processes find what one process finds", async () => {
  const told: number[] = [];
  const onProgress = (done: number) => void told.push(done);
  const found = await runInProcesses(SEED, HISTORIES, { processes: 2, onProgress });
  expect(found).toEqual(await runHistories(SEED, HISTORIES));
  expect(told).toHaveLength(2);
});

test("no history begins once it is told to stop", async () => {
  const found = await runInProcesses(SEED, HISTORIES, { processes: 2, stop: AbortSignal.abort() });
  expect(found.histories).toBe(0);
});
