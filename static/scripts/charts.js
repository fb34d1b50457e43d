// Draws each figure from the table inside it. The table stays: it is the chart for who cannot see it, and says what it is made of.
//
//   <figure data-chart="bar">            bar · across (bars that lie, for long labels) · line · stacked
//     <figcaption>…</figcaption>         optional; above the drawing where it comes first
//     <table>                            may stand in a <details>
//       <thead><tr><th>…</th><th>a series</th>…</tr></thead>
//       <tbody><tr><th scope="row">a label</th><td>1 234,5</td>…</tr>…</tbody>
//       <tfoot>…</tfoot>                 not drawn
//     </table>
//   </figure>
//
// A number is read as French writes it, or from the data-value of its cell (12.5) where it says more than the number; what is none
// (« — ») leaves a gap. A column whose heading has data-drawn="no" is not drawn, nor is a tbody that has it. Load
// static/vendor/chart.umd.min.js before this, both with defer. No style sheet is needed.

const COLOURS = ["#000091", "#b34000", "#18753c", "#6e445a", "#0063cb", "#695240", "#8d533e", "#3a3a3a"];
const POINTS = ["circle", "rect", "triangle", "rectRot", "star", "cross", "crossRot", "dash"];

function numberIn(cell) {
  const text = cell?.dataset.value ?? cell?.textContent.replace(/[\s%]/g, "").replace("−", "-").replace(",", ".") ?? "";
  return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
}

function read(table) {
  const headings = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies].filter((body) => body.dataset.drawn !== "no").flatMap((body) => [...body.rows]);
  const drawn = headings.map((_, column) => column).filter((column) => column > 0 && headings[column].dataset.drawn !== "no");
  return {
    labels: rows.map((row) => row.cells[0].textContent.trim().replace(/\s+/g, " ")),
    series: drawn.map((column) => ({
      label: headings[column].textContent.trim(),
      data: rows.map((row) => numberIn(row.cells[column])),
    })),
  };
}

function dressed(series, index, kind) {
  const colour = COLOURS[index % COLOURS.length];
  const line = { borderWidth: 2, pointStyle: POINTS[index % POINTS.length], pointRadius: 4, borderDash: index % 2 ? [6, 3] : [] };
  return { ...series, backgroundColor: colour, borderColor: colour, ...(kind === "line" ? line : { borderWidth: 0 }) };
}

function draw(figure) {
  const table = figure.querySelector("table");
  if (!table) return; // nothing to draw yet: the page says so
  const { labels, series } = read(table);
  if (!labels.length || !series.length) return;
  const kind = figure.dataset.chart;
  const across = kind === "across";
  const frame = document.createElement("div");
  const canvas = document.createElement("canvas");
  frame.setAttribute("aria-hidden", "true"); // the table says as much, and more
  frame.style.position = "relative";
  frame.style.height = across ? `${labels.length * (14 + 12 * series.length) + 60}px` : "260px";
  frame.append(canvas);
  const before = table.closest("details") ?? table.closest(".results") ?? table;
  before.before(frame);
  const numbers = { beginAtZero: true, stacked: kind === "stacked", ticks: { precision: 0 }, grid: { color: "#ddd" } };
  const names = { stacked: kind === "stacked", grid: { display: false }, ticks: { autoSkip: !across } };
  new Chart(canvas, {
    type: kind === "line" ? "line" : "bar",
    data: { labels, datasets: series.map((one, index) => dressed(one, index, kind)) },
    options: {
      animation: false,
      indexAxis: across ? "y" : "x",
      locale: document.documentElement.lang,
      maintainAspectRatio: false,
      plugins: { legend: { display: series.length > 1, labels: { usePointStyle: kind === "line" } } },
      scales: across ? { x: numbers, y: names } : { x: names, y: numbers },
    },
  });
}

Chart.defaults.color = "#161616";
Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
for (const figure of document.querySelectorAll("figure[data-chart]")) draw(figure);
