"use strict";

// On touch screens a finger scrolls the page instead of zooming a figure.
const touch = matchMedia("(pointer: coarse)").matches;
const plots = document.querySelectorAll(".plot");
for (const plot of plots) {
  const { data, layout } = JSON.parse(plot.nextElementSibling.textContent);
  if (touch) layout.dragmode = false;
  Plotly.newPlot(plot, data, layout, {
    responsive: true,
    staticPlot: plot.classList.contains("bars"),
    displayModeBar: false,
  });
}

const fit = () => plots.forEach((plot) => Plotly.Plots.resize(plot));
addEventListener("beforeprint", fit);
addEventListener("afterprint", fit);

// A cell's data-sort is its number or text; cells without one stay at the end.
function compare(a, b) {
  if (a === "" || b === "") return null;
  const difference = Number(a) - Number(b);
  return Number.isNaN(difference) ? a.localeCompare(b) : difference;
}

function sort(table, column, descending) {
  const key = (row) => row.cells[column].dataset.sort;
  const rows = [...table.tBodies[0].rows];
  rows.sort((one, other) => {
    const a = key(one), b = key(other);
    const order = compare(a, b);
    if (order === null) return (a === "") - (b === "");
    return descending ? -order : order;
  });
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const first = head.dataset.first ?? "ascending";
      const second = first === "ascending" ? "descending" : "ascending";
      const direction = head.ariaSort === first ? second : first;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.ariaSort = direction;
      sort(table, column, direction === "descending");
    });
  });
}
