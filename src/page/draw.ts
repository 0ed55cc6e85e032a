import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import {
  CalendarComponent,
  GridComponent,
  MarkLineComponent,
  VisualMapPiecewiseComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

import type { Chart, Describe } from "./chart.ts";
import { NARROW } from "./figure.ts";
import { escaped, Html } from "../format/html.ts";

use([
  BarChart,
  LineChart,
  HeatmapChart,
  GridComponent,
  CalendarComponent,
  VisualMapPiecewiseComponent,
  MarkLineComponent,
  SVGRenderer,
]);

/** The chart as an SVG that takes its colours and font from the page. */
export function draw({ option, size, describe }: Chart): Html {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: FONT, fontSize: 12 }, ...option });
    return new Html(slim(chart.renderToSVGString(), describe, size.width > NARROW));
  } finally {
    chart.dispose();
  }
}

/** The page's own font: ECharts would put a family on every word. */
const FONT = "inherit";

/**
 * What ECharts writes without what a still picture has no use for, and with words at the marks. Text in
 * it is escaped, so every `<` begins a tag.
 */
function slim(svg: string, describe: Describe, canBePointedAt: boolean): string {
  const path = (attributes: string): string => {
    const drawn = attributes
      .replaceAll(/ (ecmeta_\w+|class|pointer-events)="[^"]*"/g, "")
      // The sides of bars, of which there are thousands, are as short as they can be written.
      .replaceAll(/l0 (-?[\d.]+)/g, "v$1")
      .replaceAll(/l(-?[\d.]+) 0(?=[lvhZ])/g, "h$1");
    const isFilled = !drawn.includes('fill="none"');
    const words = isFilled ? markOf(attributes, describe) : undefined;
    if (words !== undefined) {
      return canBePointedAt
        ? `<path class="mark" ${drawn}><title>${escaped(words)}</title></path>`
        : `<path class="mark" ${drawn}/>`;
    }
    const isStroked = drawn.includes('stroke="') && !drawn.includes('stroke-width="0"');
    return isFilled || isStroked ? `<path ${drawn}/>` : "";
  };
  return svg
    .replace(/<style[^]*<\/style>/, "")
    .replace(/^<svg [^>]*(viewBox="[^"]*")>\n<rect [^>]*><\/rect>/, '<svg aria-hidden="true" $1>')
    .replaceAll(/<path ([^>]*)><\/path>/g, (_, attributes: string) => path(attributes))
    .replaceAll(` style="font-size:12px;font-family:${FONT};"`, "")
    .replaceAll(`font-family:${FONT};`, "")
    .replaceAll(' dominant-baseline="central"', "")
    .replaceAll("\n", "")
    .replaceAll(
      ALIKE,
      (marks, fill: string) =>
        `<g class="marks" fill="${fill}">${marks.replaceAll(` class="mark"`, "").replaceAll(` fill="${fill}"`, "")}</g>`,
    );
}

/** Marks that follow each other and have one colour, which need not be said for each of thousands. */
const ALIKE = (() => {
  const mark = (fill: string): string =>
    `<path class="mark" [^>]*?fill="${fill}"[^>]*?(?:/>|><title>[^<]*</title></path>)`;
  return new RegExp(`${mark('([^"]*)')}(?:${mark(String.raw`\1`)})*`, "g");
})();

function markOf(attributes: string, describe: Describe): string | undefined {
  const series = /ecmeta_series_index="(\d+)"/.exec(attributes)?.[1];
  const index = /ecmeta_data_index="(\d+)"/.exec(attributes)?.[1];
  if (series === undefined || index === undefined) return undefined;
  return describe(Number(series), Number(index));
}
