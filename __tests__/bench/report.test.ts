import { asTable, median } from "../../bench/report";

test("a table has its names to the left and its numbers to the right", () => {
  const rows = [
    { operation: "head", "requests/s": 12_000 },
    { operation: "list", "requests/s": 90 },
  ];
  expect(asTable({ title: "Rates", rows })).toBe(
    ["Rates", "operation  requests/s", "head            12000", "list               90", ""].join("\n"),
  );
});

test("the median is the middle one, whatever the order; of nothing there is none", () => {
  expect(median([{ us: 3 }, { us: 11 }, { us: 1 }], ({ us }) => us)).toEqual({ us: 3 });
  expect(() => median([], () => 0)).toThrow("nothing");
});
