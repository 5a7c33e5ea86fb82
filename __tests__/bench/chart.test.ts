import { barChart } from "../../bench/clients/chart";

test("the chart is an SVG of its own, with a bar for each client, as long as it is fast, and nothing that breaks out", () => {
  const svg = barChart({
    title: "Objects in a second",
    subtitle: "2 x <cpu>",
    bars: [
      { label: "slow & steady", perSecond: 1_000, outcome: "none read back", ours: false },
      { label: "fast", perSecond: 4_000, outcome: "all read back", ours: true },
    ],
  });
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(svg).not.toMatch(/<script|<cpu>/);
  for (const text of ["slow &amp; steady", "4,000/s, all read back", "1,000/s, none read back"])
    expect(svg).toContain(text);
  const bars = [...svg.matchAll(/<path d="M([\d.]+) [\d.]+l([\d.]+) 0[^"]*" fill="(#\w+)"/g)];
  const lengths = new Map(bars.map(([, , length, colour]) => [colour, Number(length)]));
  expect((lengths.get("#0b6e4f") ?? 0) / (lengths.get("#9aa5b1") ?? 1)).toBeCloseTo(4);
});
