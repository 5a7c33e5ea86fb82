import { readFileSync } from "node:fs";
import { join } from "node:path";
import { reviewRules } from "../../src/fleet/fleet";
import { catalogue } from "../../src/review/finding";

test("docs/review.md lists every finding with its level, its meaning and its fix, and no other", () => {
  const page = readFileSync(join(__dirname, "../../docs/review.md"), "utf8");
  const listed = page.split("\n").filter((line) => /^\| `[a-z0-9-]+` \|/.test(line));
  expect(listed).toEqual(
    Object.entries(catalogue).map(([id, { level, means, fix }]) => `| \`${id}\` | ${level} | ${means} | ${fix} |`),
  );
});

test("what the fleet can accept are findings of the review", () => {
  expect(Object.keys(catalogue)).toEqual(expect.arrayContaining([...reviewRules]));
});
