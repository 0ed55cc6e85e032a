import type { BarSeriesOption, HeatmapSeriesOption, LineSeriesOption } from "echarts/charts";
import type {
  CalendarComponentOption,
  GridComponentOption,
  MarkLineComponentOption,
  VisualMapComponentOption,
} from "echarts/components";
import type { ComposeOption } from "echarts/core";

export type ChartOption = ComposeOption<
  | BarSeriesOption
  | LineSeriesOption
  | HeatmapSeriesOption
  | GridComponentOption
  | CalendarComponentOption
  | VisualMapComponentOption
  | MarkLineComponentOption
>;

/** In pixels, where the page shows it at its own size. */
export interface Size {
  width: number;
  height: number;
}

/** What a mark says when pointed at; undefined for what is no mark, such as a line across. */
export type Describe = (series: number, index: number) => string | undefined;

/** What a chart shows, before anything draws it: a server's picture and a browser's canvas are made of the same. */
export interface Chart {
  option: ChartOption;
  size: Size;
  describe: Describe;
}

export function chartOf(option: ChartOption, size: Size, describe: Describe): Chart {
  return { option, size, describe };
}
