import { readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue } from "../../../src/checks/preflight/catalogue";

test("docs/preflight.md lists every finding with its meaning and its fix, and no other", () => {
  const page = readFileSync(join(__dirname, "../../../docs/preflight.md"), "utf8");
  const listed = page.split("\n").filter((line) => /^\| `[a-z0-9-]+` \|/.test(line));
  expect(listed).toEqual(Object.entries(catalogue).map(([id, { means, fix }]) => `| \`${id}\` | ${means} | ${fix} |`));
});
