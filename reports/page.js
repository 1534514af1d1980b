"use strict";

// On touch screens a finger scrolls the page instead of zooming a figure.
const touch = matchMedia("(pointer: coarse)").matches;
const plots = document.querySelectorAll(".plot");
for (const plot of plots) {
  const { data, layout } = JSON.parse(plot.nextElementSibling.textContent);
  if (touch) layout.dragmode = false;
  Plotly.newPlot(plot, data, layout, {
    staticPlot: plot.classList.contains("bars"),
    displayModeBar: false,
  });
  scalable(plot);
  plot.on("plotly_afterplot", () => scalable(plot));
}

// On paper, which no script is told the width of, a drawing is scaled to its place.
function scalable(plot) {
  for (const drawing of plot.querySelectorAll(".main-svg")) {
    const [width, height] = ["width", "height"].map((name) => drawing.getAttribute(name));
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }
}

// Drawn twice: the first time makes room for the legend as it was before.
const fit = () => plots.forEach(async (plot) => {
  await Plotly.Plots.resize(plot);
  Plotly.redraw(plot);
});

// A telephone's bars come and go at the same width, and paper has the drawings of the screen.
let wide = innerWidth, waiting;
addEventListener("resize", () => {
  if (innerWidth === wide || matchMedia("print").matches) return;
  wide = innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(fit, 150);
});

// Paper cannot be unfolded.
const folded = [];
addEventListener("beforeprint", () => {
  folded.push(...document.querySelectorAll("details:not([open])"));
  folded.forEach((one) => (one.open = true));
});
addEventListener("afterprint", () => folded.splice(0).forEach((one) => (one.open = false)));

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
    head.querySelector("button")?.addEventListener("click", () => {
      const first = head.dataset.first ?? "ascending";
      const second = first === "ascending" ? "descending" : "ascending";
      const direction = head.ariaSort === first ? second : first;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.ariaSort = direction;
      sort(table, column, direction === "descending");
    });
  });
}

// Filters, which are of no use without this script, show up with it.
for (const tools of document.querySelectorAll(".tools")) {
  const rows = [...tools.nextElementSibling.querySelectorAll("tbody tr")];
  const [state, words] = tools.querySelectorAll("select, input");
  const told = tools.querySelector(".found");
  const filter = () => {
    const wanted = words.value.trim().toLowerCase();
    for (const row of rows) {
      const fits = !state.value || row.dataset.state === state.value;
      row.hidden = !(fits && row.textContent.toLowerCase().includes(wanted));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    told.textContent = shown < rows.length ? `${shown} of ${rows.length} trials` : "";
  };
  state.addEventListener("change", filter);
  words.addEventListener("input", filter);
  tools.querySelector(".filters").hidden = false;
  // A link leads to a trial even if it is filtered out.
  addEventListener("hashchange", () => {
    if (!document.querySelector(":target")?.hidden) return;
    state.value = words.value = "";
    filter();
    document.querySelector(":target").scrollIntoView();
  });
}

// Browsers that do not trust a page opened from a file with the clipboard still copy a selection.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

document.querySelectorAll(".copy, .actions").forEach((one) => (one.hidden = false));
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("button.copy");
  if (!button) return;
  const table = button.closest("table");
  await copy(button.dataset.copy ?? table.dataset.replay.replace(table.dataset.place, button.dataset.replay));
  const words = button.textContent;
  if (words === "copied") return;
  button.textContent = "copied";
  setTimeout(() => (button.textContent = words), 1500);
});

// A trial's curve is drawn out among the others.
const curves = document.getElementById("curves-plot");
document.addEventListener("click", ({ target }) => {
  const number = target.closest("a[data-curve]")?.dataset.curve;
  if (number === undefined || !curves) return;
  const last = curves.data.findIndex((trace) => trace.name?.startsWith("trial "));
  if (last >= 0) Plotly.deleteTraces(curves, last);
  const trace = curves.data.find((one) => one.meta && number in one.meta);
  if (!trace) return;
  const [from, to] = trace.meta[number];
  const color = getComputedStyle(document.body).color;
  const [x, y, hovertext] = [trace.x, trace.y, trace.hovertext].map((all) => all.slice(from, to));
  Plotly.addTraces(curves, {
    x, y, hovertext, hoverinfo: "text", name: `trial ${number}`, mode: "lines+markers",
    line: { color, width: 3 }, marker: { size: 6 },
  });
});
