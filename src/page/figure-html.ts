import type { Chart } from "./chart.ts";
import { draw } from "./draw.ts";
import type { Figure, FigureTable } from "./figure.ts";
import { type Html, html } from "../format/html.ts";

/** A chart with its words and its figures. `suffix` tells the same chart of other days apart. */
export function figureHtml(figure: Figure, suffix: string): Html {
  const { title, legend, summary, wide, narrow, figures, isHalf } = figure;
  const id = `${figure.id}${suffix}`;
  return html`<figure id="${id}" class="${figure.id} ${isHalf ? "half" : "whole"}">
    <h2 id="${id}-title">${title}</h2>
    <p class="unit wide">${wide.unit}</p>
    <p class="unit narrow">${narrow.unit}</p>
    ${legend.length > 0 ? legendHtml(legend) : ""} ${pictureHtml(id, "wide", wide)}
    ${pictureHtml(id, "narrow", narrow)}
    <figcaption id="${id}-summary">${summary}</figcaption>
    ${tableHtml(figures)}
  </figure> `;
}

function legendHtml(legend: Figure["legend"]): Html {
  return html`<ul class="legend">
    ${legend.map(
      ({ name, colour, isLine }) =>
        html`<li>
          <i class="${isLine ? "line" : "square"}" style="background:${colour}"></i>${name}
        </li>`,
    )}
  </ul>`;
}

/** The wide picture or the narrow one is shown, as the screen is. */
function pictureHtml(id: string, where: "wide" | "narrow", chart: Chart): Html {
  return html`<div
    class="chart ${where}"
    role="img"
    aria-labelledby="${id}-title"
    aria-describedby="${id}-summary"
  >
    ${draw(chart)}
  </div>`;
}

function tableHtml({ title, words, heads, rows }: FigureTable): Html {
  const cell = (text: string, column: number): Html =>
    column === 0
      ? html`<th scope="row">${text}</th>`
      : html`<td${column < words ? html` class="word"` : ""}>${text}</td>`;
  return html`<details>
    <summary>${title}</summary>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            ${heads.map((head, column) => html`<th scope="col" ${column < words ? html` class="word"` : ""}>${head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map(cell)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}
