import type { Sample } from "./digest";
import type { Share } from "./summary";

// One CommonJS file with lines and bars, minified, which loads in half the time of the whole.
const { init }: typeof import("echarts") = require("echarts/dist/echarts.common.min");

const width = 920;

/** Stand-ins that the page's own colours take the place of, since a page is light or dark only once it is looked at. */
const colours = {
  "#010001": "var(--text)",
  "#010002": "var(--muted)",
  "#010003": "var(--line)",
  "#010004": "var(--accent)",
  "#010005": "var(--second)",
  "#010006": "var(--bad)",
  "#010007": "var(--accent-soft)",
} as const;
const [text, muted, line, accent, second, bad, soft] = [
  "#010001",
  "#010002",
  "#010003",
  "#010004",
  "#010005",
  "#010006",
  "#010007",
] as const;

function draw(option: object, height: number, label: string): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: "inherit" },
    ...option,
  });
  let svg = chart.renderToSVGString();
  chart.dispose();
  for (const [standIn, colour] of Object.entries(colours)) svg = svg.replaceAll(standIn, colour);
  // What it does under a pointer needs the library's script.
  svg = svg.replace(/<style[\s\S]*?<\/style>/, "");
  // It grows and shrinks with the page.
  return svg.replace(/^<svg width="\d+" height="\d+"/, `<svg role="img" aria-label="${label}"`);
}

const minutes = (milliseconds: number): number => milliseconds / 60_000;

/** Objects and requests a second over the time at work, what S3 was taken to take, and what it threw back. */
export function throughputChart(samples: readonly Sample[]): string {
  const totalMs = samples.at(-1)?.endMs ?? 0;
  const inSeconds = totalMs < 180_000;
  const at = ({ endMs }: Sample) => (inSeconds ? endMs / 1000 : minutes(endMs));
  // A value holds from where its stretch of time began.
  const steps = (of: (sample: Sample) => number): number[][] => {
    const start = samples[0];
    const points = samples.map((sample) => [at(sample), of(sample)]);
    return start ? [[0, of(start)], ...points] : points;
  };
  const perSecond = (of: (sample: Sample) => number) => (sample: Sample) =>
    Math.round((of(sample) * 10_000) / Math.max(sample.milliseconds, 1)) / 10;
  const series = (name: string, color: string, data: number[][], more: object = {}) => ({
    ...{ type: "line", name, step: "end", showSymbol: false, data },
    ...{ itemStyle: { color }, lineStyle: { color, width: 2 } },
    ...more,
  });
  const limited = samples.some(({ limits }) => limits.found);
  const throttled = ({ throttledByS3, throttledByKms }: Sample) => throttledByS3 + throttledByKms;
  const resumptions = samples
    .filter(({ resumed }) => resumed)
    .map((sample) => ({
      xAxis: (inSeconds ? 1 / 1000 : 1 / 60_000) * (sample.endMs - sample.milliseconds),
    }));
  return draw(
    {
      legend: {
        left: 0,
        top: 0,
        itemGap: 28,
        icon: "roundRect",
        itemWidth: 14,
        itemHeight: 4,
        textStyle: { color: text, fontSize: 13 },
      },
      grid: { left: 64, right: 16, top: 44, bottom: 44 },
      xAxis: {
        ...{ type: "value", min: 0, name: inSeconds ? "seconds at work" : "minutes at work", nameLocation: "middle" },
        ...{ max: inSeconds ? totalMs / 1000 : minutes(totalMs), nameGap: 28, nameTextStyle: { color: muted } },
        axisLabel: { color: muted, showMaxLabel: false },
        axisLine: { lineStyle: { color: line } },
        splitLine: { show: false },
      },
      yAxis: {
        ...{ type: "value", axisLabel: { color: muted }, splitLine: { lineStyle: { color: line } } },
      },
      series: [
        series("objects/s", accent, steps(perSecond(({ objects }) => objects)), {
          areaStyle: { color: soft, opacity: 1 },
          markLine: {
            ...{ silent: true, symbol: "none", data: resumptions, label: { formatter: "went on", color: muted } },
            lineStyle: { color: muted, type: "dashed" },
          },
        }),
        series("requests/s", second, steps(perSecond(({ requests }) => requests))),
        series("throttled/s", bad, steps(perSecond(throttled))),
        ...(limited
          ? [
              series(
                "limit of writes/s",
                muted,
                steps(({ limits }) => limits.writes),
                {
                  lineStyle: { color: muted, width: 1.5, type: "dashed" },
                },
              ),
            ]
          : []),
      ],
    },
    300,
    "Throughput over time",
  );
}

/** Names of the classes that the page colours encryptions by: in the order of their size, the target first. */
export const stripesOf = (target: string, shares: readonly Share[]): ReadonlyMap<string, string> => {
  const names = [...new Set(shares.map(({ encryption }) => encryption))].filter((name) => name !== target);
  const others = names.map((name, index): [string, string] => [name, `other-${Math.min(index + 1, OTHERS)}`]);
  return new Map([[target, "target"], ...others]);
};
const OTHERS = 5;

const stripeColours: Readonly<Record<string, string>> = {
  target: "#020001",
  "other-1": "#020002",
  "other-2": "#020003",
  "other-3": "#020004",
  "other-4": "#020005",
  "other-5": "#020006",
};

/** Two bars: what the bucket was under, and what it is under. One where nothing was to change. */
export function encryptionChart(
  before: readonly Share[],
  after: readonly Share[] | undefined,
  stripes: ReadonlyMap<string, string>,
): string {
  const objectsOf = (shares: readonly Share[], name: string) =>
    shares.find(({ encryption }) => encryption === name)?.objects ?? 0;
  const total = (shares: readonly Share[]) =>
    Math.max(
      1,
      shares.reduce((sum, { objects }) => sum + objects, 0),
    );
  const bars = after
    ? [
        { label: "after", shares: after },
        { label: "before", shares: before },
      ]
    : [{ label: "now", shares: before }];
  const series = [...stripes].map(([name, stripe]) => ({
    ...{ type: "bar", stack: "all", name, barWidth: 34 },
    itemStyle: { color: stripeColours[stripe] },
    data: bars.map(({ shares }) => (100 * objectsOf(shares, name)) / total(shares)),
  }));
  const svg = draw(
    {
      grid: { left: 64, right: 16, top: 4, bottom: 4 },
      xAxis: { type: "value", min: 0, max: 100, show: false },
      yAxis: {
        ...{
          type: "category",
          data: bars.map(({ label }) => label),
          axisTick: { show: false },
          axisLine: { show: false },
        },
        axisLabel: { color: text, fontSize: 14 },
      },
      series,
    },
    10 + bars.length * 50,
    "Objects by encryption, before and after",
  );
  return Object.entries(stripeColours).reduce(
    (drawn, [stripe, colour]) => drawn.replaceAll(colour, `var(--${stripe})`),
    svg,
  );
}
