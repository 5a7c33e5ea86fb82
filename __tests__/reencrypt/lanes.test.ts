import { Lanes, type Turn } from "../../src/reencrypt/lanes";
import type { ListPage } from "../../src/s3/object-store";
import { onlyAnswering } from "../support/only-answering";

const name = (number: number) => `k${String(number).padStart(3, "0")}`;

/** Lanes over a bucket with these keys, whose lists are answered when the test says so. */
function lanesOver(keys: readonly string[], intervals: readonly (readonly [after: string, through: string])[]) {
  const unanswered: (() => void)[] = [];
  const store = onlyAnswering({
    list: ({ after = "", limit }) =>
      new Promise((resolve) => {
        const rest = keys.filter((key) => key > after);
        const objects = rest.slice(0, limit).map((key) => ({ key, size: 0 }));
        const value: ListPage = { objects, more: rest.length > limit };
        unanswered.push(() => resolve({ is: "done", value }));
      }),
  });
  const lanes = new Lanes({
    listing: { store, versions: "current" },
    intervals: intervals.map(([after, through]) => ({ after, through })),
    onPage: async () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  const answer = async (from = 0) => {
    for (const one of unanswered.splice(from)) one();
    await new Promise(setImmediate);
  };
  return { lanes, unanswered, answer };
}

test("of many intervals 16 are listed at the same time, and all in the end", async () => {
  const keys = Array.from({ length: 100 }, (_, index) => name(index));
  const odd = Array.from({ length: 50 }, (_, index) => [name(2 * index), name(2 * index + 1)] as const);
  const { lanes, unanswered, answer } = lanesOver(keys, odd);
  const visited: string[] = [];
  for (let round = 0; !lanes.over && round < 100; round++) {
    expect(unanswered.length).toBeLessThanOrEqual(16);
    if (round === 0) expect(unanswered).toHaveLength(16);
    await answer();
    for (let turn = lanes.take(); turn; turn = lanes.take()) {
      visited.push(turn.object.key);
      lanes.finished(turn);
    }
    await new Promise(setImmediate);
  }
  expect(lanes.over).toBe(true);
  expect(visited.sort()).toEqual(odd.map(([, through]) => through));
});

test("a lane whose list takes long does not hold up the others", async () => {
  const { lanes, answer } = lanesOver(
    ["a1", "b1"],
    [
      ["a", "a9"],
      ["b", "b9"],
    ],
  );
  await answer(1);
  expect(lanes.take()?.object.key).toBe("b1");
  expect(lanes.take()).toBeUndefined();
  expect(lanes.over).toBe(false);
  await answer();
  expect(lanes.take()?.object.key).toBe("a1");
});

test("lanes take turns, and one whose objects take long does not hold up the others", async () => {
  const { lanes, answer } = lanesOver(
    ["a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4"],
    [
      ["a", "a9"],
      ["b", "b9"],
    ],
  );
  await answer();
  const take = (): Turn => {
    const turn = lanes.take();
    if (!turn) throw new Error("it is nobody's turn");
    return turn;
  };
  const [first, second] = [take(), take()];
  expect([first.object.key, second.object.key]).toEqual(["a1", "b1"]);
  lanes.finished(second);
  const third = take();
  expect(third.object.key).toBe("b2");
  lanes.finished(third);
  expect(take().object.key).toBe("b3");
  lanes.finished(first);
  expect(take().object.key).toBe("a2");
});
