// Figures of src/bench/figures.ts -> one SVG, drawn by Apache ECharts without a browser.

import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TitleComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, TitleComponent, SVGRenderer]);

const WIDTH = 960;
const BAR = 24;
const HEAD = 74;
const PANEL_GAP = 34;
const CURVE_HEIGHT = 210;
const LABELS = 290;
const OURS = "#0b6e4f";
const OTHERS = "#9aa5b1";
const IDEAL = "#d97706";
const INK = "#1f2933";
const QUIET = "#616e7c";
const RULE = "#e4e7eb";
const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";

export function drawChart({ title, subtitle, groups, curves }) {
  const option = {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT, color: INK },
    title: [heading(title, 24, 14, 20), heading(subtitle, 24, 42, 12, QUIET)],
    grid: [],
    xAxis: [],
    yAxis: [],
    series: [],
  };
  let top = HEAD;
  for (const group of groups) top = addBars(option, group, top);
  for (let i = 0; i < curves.length; i += 2) {
    for (const [side, curve] of curves.slice(i, i + 2).entries()) addCurve(option, curve, top, side);
    top += CURVE_HEIGHT + 96;
  }
  if (curves.length > 0) {
    option.title.push(legend(top));
    top += 40;
  }
  const height = top;
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function addBars(option, { title, unit, bars }, top) {
  const index = option.grid.length;
  const height = bars.length * BAR;
  option.title.push(heading(`${title}: speed, longer is better; its time beside it`, 24, top, 14));
  option.grid.push({ left: LABELS, right: 90, top: top + 28, height });
  option.xAxis.push({ gridIndex: index, type: "value", min: 0, show: false });
  option.yAxis.push({
    gridIndex: index,
    type: "category",
    inverse: true,
    data: bars.map(({ name }) => name),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: RULE } },
    axisLabel: { color: INK, fontSize: 12, interval: 0 },
  });
  option.series.push({
    type: "bar",
    xAxisIndex: index,
    yAxisIndex: index,
    barWidth: BAR - 8,
    data: bars.map(({ time, ours }) => ({ value: 1 / time, itemStyle: { color: ours ? OURS : OTHERS } })),
    label: {
      show: true,
      position: "right",
      color: INK,
      fontSize: 12,
      formatter: ({ dataIndex }) => timeText(bars[dataIndex].time, unit),
    },
  });
  return top + 28 + height + PANEL_GAP;
}

function addCurve(option, { title, axis, points }, top, side) {
  const index = option.grid.length;
  const left = side === 0 ? 70 : WIDTH / 2 + 60;
  option.title.push(heading(`${title}, ms an update`, side === 0 ? 24 : WIDTH / 2 + 14, top, 14));
  option.grid.push({ left, width: WIDTH / 2 - 110, top: top + 34, height: CURVE_HEIGHT });
  const few = points.length <= 12;
  const marks = points.map(({ at }) => at);
  option.xAxis.push({
    gridIndex: index,
    type: few ? "category" : "value",
    data: few ? marks.map(String) : undefined,
    name: axis,
    nameLocation: "middle",
    nameGap: 26,
    nameTextStyle: { color: QUIET, fontSize: 12 },
    boundaryGap: false,
    axisLabel: { color: QUIET, fontSize: 11 },
    axisLine: { lineStyle: { color: RULE } },
  });
  option.yAxis.push({
    gridIndex: index,
    type: axis === "threads" ? "value" : "log",
    min: axis === "threads" ? 0 : undefined,
    axisLabel: { color: QUIET, fontSize: 11, formatter: (value) => String(Number(value.toPrecision(3))) },
    splitLine: { lineStyle: { color: RULE } },
  });
  const line = (name, color, type, values) => ({
    name,
    type: "line",
    xAxisIndex: index,
    yAxisIndex: index,
    symbolSize: type === "solid" ? 7 : 0,
    symbol: "circle",
    color,
    lineStyle: { width: 2, type },
    data: few ? values : values.map((value, i) => [marks[i], value]),
  });
  option.series.push(
    line(
      "ideal",
      IDEAL,
      "dashed",
      points.map(({ ideal }) => ideal),
    ),
    line(
      "wasm-lstm, relaxed",
      OURS,
      "solid",
      points.map(({ ms }) => ms),
    ),
  );
}

function timeText(time, unit) {
  return `${time >= 100 ? time.toFixed(0) : time.toPrecision(3)} ${unit}`;
}

// A line of text under the curves: ECharts' own legend measures text wrongly without a browser.
function legend(top) {
  const style = (color) => ({ color, fontSize: 12, fontWeight: 600, fontFamily: FONT });
  const rest = ": the same operations at the ceiling's rate; for threads, the time of one thread, divided";
  const text = `{ours|● wasm-lstm, relaxed} | {ideal|╌╌ ideal}${rest}`;
  const base = heading(text, 24, top, 12, QUIET);
  return { ...base, textStyle: { ...base.textStyle, rich: { ours: style(OURS), ideal: style(IDEAL) } } };
}

function heading(text, left, top, fontSize, color = INK) {
  const fontWeight = color === INK ? 600 : 400;
  return { text, left, top, padding: 0, textStyle: { fontSize, color, fontWeight, fontFamily: FONT } };
}
