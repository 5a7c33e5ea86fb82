import { LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
  /** One for each second. */
  readonly values: readonly number[];
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

const width = 960;
const height = 330;
const text = "#24292f";

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Requests a second over time, one panel below the other, as an SVG that needs no script. */
export function timeChart(panels: readonly Panel[]): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height: panels.length * height });
  const top = (index: number) => index * height;
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    title: panels.map((panel, index) => ({
      text: panel.title,
      left: 16,
      top: top(index) + 10,
      textStyle: { fontSize: 15, color: text },
    })),
    legend: panels.map((panel, index) => ({
      data: panel.lines.map(({ name }) => name),
      left: 16,
      top: top(index) + 36,
      textStyle: { color: text },
    })),
    grid: panels.map((_, index) => ({ left: 70, right: 24, top: top(index) + 76, height: height - 130 })),
    xAxis: panels.map((panel, index) => ({
      type: "category",
      gridIndex: index,
      data: (panel.lines[0]?.values ?? []).map((_, second) => second + 1),
      boundaryGap: false,
      name: "seconds",
      nameLocation: "middle",
      nameGap: 26,
    })),
    yAxis: panels.map((_, index) => ({ type: "value", gridIndex: index, name: "requests/s" })),
    series: panels.flatMap((panel, index) =>
      panel.lines.map(({ name, colour, dashed, values }) => ({
        type: "line",
        name,
        xAxisIndex: index,
        yAxisIndex: index,
        data: values.map(Math.round),
        showSymbol: false,
        itemStyle: { color: colour },
        lineStyle: { color: colour, width: dashed ? 1.5 : 2, type: dashed ? "dashed" : "solid" },
      })),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
