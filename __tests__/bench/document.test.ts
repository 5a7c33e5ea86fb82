import { fillBlock } from "../../bench/document";
import { asMarkdown } from "../../bench/report";

const before = "# Speed\n\n<!-- begin: a -->\nold\n<!-- end: a -->\ntext\n<!-- begin: b -->\n<!-- end: b -->\n";

test("a block is replaced, and nothing around it; twice is the same as once", () => {
  const once = fillBlock(before, "a", "new");
  expect(once).toBe(before.replace("\nold\n", "\n\nnew\n"));
  expect(fillBlock(once, "a", "new")).toBe(once);
  expect(() => fillBlock(before, "c", "new")).toThrow('"c"');
});

test("a table in Markdown has numbers to the right, and no cell breaks out of it", () => {
  const rows = [{ client: "a|b", "objects/s": 12_000 }, { client: "c" }];
  expect(asMarkdown({ title: "Rates", rows })).toBe(
    ["Rates:", "", "| client | objects/s |", "| --- | ---: |", "| a\\|b | 12,000 |", "| c |  |", ""].join("\n"),
  );
});
