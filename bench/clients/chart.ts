// The whole of it, which is one CommonJS file: its parts are ES modules, which take tsx ten times as long to load.
import { init } from "echarts";

export interface Bar {
  readonly label: string;
  readonly perSecond: number;
  /** In words, such as "all read back". */
  readonly outcome: string;
  readonly ours: boolean;
}

export interface Chart {
  readonly title: string;
  /** Machine, size and day: numbers of other machines are other numbers. */
  readonly subtitle: string;
  readonly bars: readonly Bar[];
}

const width = 880;
const rowHeight = 34;
const colours = { ours: "#0b6e4f", other: "#9aa5b1", text: "#24292f" };

const grouped = (number: number): string => Math.round(number).toLocaleString("en-US");

/** A bar for each client, the fastest on top, as an SVG that needs no script. */
export function barChart({ title, subtitle, bars }: Chart): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height: 110 + bars.length * rowHeight });
  const sorted = bars.toSorted((a, b) => a.perSecond - b.perSecond);
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    title: { text: title, subtext: subtitle, left: 16, top: 10, textStyle: { fontSize: 16, color: colours.text } },
    grid: { left: 370, right: 170, top: 76, bottom: 16 },
    xAxis: { type: "value", show: false },
    yAxis: {
      type: "category",
      data: sorted.map(({ label }) => label),
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { fontSize: 13, color: colours.text },
    },
    series: [
      {
        type: "bar",
        barWidth: 18,
        data: sorted.map(({ perSecond, ours, outcome }) => ({
          value: perSecond,
          itemStyle: { color: ours ? colours.ours : colours.other },
          label: {
            show: true,
            position: "right",
            color: colours.text,
            formatter: `${grouped(perSecond)}/s, ${outcome}`,
          },
        })),
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
