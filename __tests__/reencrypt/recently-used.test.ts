import { RecentlyUsed } from "../../src/reencrypt/recently-used";

test("what was asked for last is kept, and what was asked for longest ago goes", () => {
  const loaded: string[] = [];
  const kept = new RecentlyUsed(2, (key: string) => {
    loaded.push(key);
    return key.toUpperCase();
  });
  const asked = ["a", "b", "a", "c", "a", "b"].map((key) => kept.get(key));
  expect(asked).toEqual(["A", "B", "A", "C", "A", "B"]);
  expect(loaded).toEqual(["a", "b", "c", "b"]);
});
