/* Charts drawn from the tables beneath them: the table is the truth, the picture its shadow. */
(() => {
  "use strict";

  // Okabe and Ito's colours, dark ones first: told apart by colour-blind eyes, and by lightness on a grey printer.
  const COLOURS = ["#0b6163", "#d55e00", "#4650b8", "#e0a100", "#3aa0c9", "#a8527f", "#5b6873"];
  const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 4], [12, 4], [1, 4]];
  const POINTS = ["circle", "rectRot", "triangle", "rect", "star", "crossRot", "cross"];
  const INK = "#44515d";
  const GRID = "#e4e8eb";
  const TARGET = "#a8231b";

  // Bars of one chart differ by hatching too, so that they can be told apart without colour.
  function hatch(colour, index) {
    if (index === 0) return colour;
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = "rgb(255 255 255 / 65%)";
    pen.lineWidth = 1.25;
    pen.beginPath();
    if (index % 3 === 1) { pen.moveTo(0, 8); pen.lineTo(8, 0); pen.moveTo(-2, 2); pen.lineTo(2, -2); pen.moveTo(6, 10); pen.lineTo(10, 6); }
    else if (index % 3 === 2) { pen.moveTo(0, 4); pen.lineTo(8, 4); }
    else { pen.moveTo(4, 0); pen.lineTo(4, 8); }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  }

  function number(cell) {
    if (!cell) return null;
    const text = "value" in cell.dataset ? cell.dataset.value : cell.textContent.replace(/[^\d.\-]/g, "");
    return text.trim() === "" || Number.isNaN(Number(text)) ? null : Number(text);
  }

  function read(table) {
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    const marked = heads.some((head) => "series" in head.dataset);
    const columns = heads.map((head, at) => at)
      .filter((at) => at > 0 && (!marked || "series" in heads[at].dataset));
    const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
    return {
      labels: rows.map((row) => row.cells[0].dataset.short || row.cells[0].textContent.trim()),
      series: columns.map((at) => ({
        label: heads[at].textContent.trim(),
        kind: heads[at].dataset.series || null,
        values: rows.map((row) => number(row.cells[at])),
      })),
      target: table.dataset.target ? Number(table.dataset.target) : null,
      targetLabel: table.dataset.targetLabel || "",
      unit: table.dataset.unit || "",
      top: table.dataset.max ? Number(table.dataset.max) : undefined,
    };
  }

  // A share of the time, 0 to 1, as a band behind the others: full height is all of the time.
  function shade(one) {
    return {
      type: "bar", label: one.label, data: one.values, yAxisID: "shade", order: 2, backgroundColor: hatch("#c9b8b0", 1),
      borderWidth: 0, grouped: false, barPercentage: 1, categoryPercentage: 1,
    };
  }

  const FEW = 6; // So many bars all keep their names, broken between words; Thai has no spaces to break at.
  const WIDEST = 16;

  function broken(label) {
    if (label.length <= WIDEST || !window.Intl?.Segmenter) return label;
    const words = new Intl.Segmenter(document.documentElement.lang, { granularity: "word" }).segment(label);
    const lines = [""];
    for (const { segment } of words) {
      const last = lines.length - 1;
      if (lines[last] && lines[last].length + segment.trimEnd().length > WIDEST) lines.push(segment.trimStart());
      else lines[last] += segment;
    }
    return lines;
  }

  // A line's key is a piece of that line, dashes included; a bar's key is a piece of its filling.
  function legend(chart) {
    return chart.data.datasets.map((set, datasetIndex) => ({
      datasetIndex,
      text: set.label,
      fontColor: INK,
      hidden: !chart.isDatasetVisible(datasetIndex),
      pointStyle: set.type === "line" ? "line" : "rect",
      fillStyle: set.backgroundColor,
      strokeStyle: set.borderColor,
      lineWidth: set.borderWidth,
      lineDash: set.borderDash || [],
    }));
  }

  function draw(canvas) {
    const table = document.getElementById(canvas.dataset.chartTable);
    if (!table) return;
    const kind = canvas.dataset.chartKind || table.dataset.chart || "line";
    const facts = read(table);
    const datasets = facts.series.map((one, index) => {
      if (one.kind === "shade") return shade(one);
      const line = (one.kind || kind) === "line";
      const colour = COLOURS[index % COLOURS.length];
      return {
        type: line ? "line" : "bar",
        label: one.label,
        data: one.values,
        order: line ? 0 : 1,
        borderColor: colour,
        backgroundColor: line ? colour : hatch(colour, index),
        borderWidth: line ? 2.5 : 0,
        borderDash: line ? DASHES[index % DASHES.length] : [],
        pointStyle: POINTS[index % POINTS.length],
        pointRadius: one.values.length > 40 ? 0 : 3.5,
        pointHoverRadius: 6,
        maxBarThickness: 44,
        borderRadius: kind === "stacked" ? 0 : 3,
        spanGaps: false,
        clip: line ? false : undefined,
      };
    });
    if (facts.target !== null) {
      datasets.push({
        type: "line",
        label: facts.targetLabel || String(facts.target),
        data: facts.labels.map(() => facts.target),
        order: -1,
        borderColor: TARGET,
        backgroundColor: TARGET,
        borderWidth: 1.5,
        borderDash: [3, 4],
        pointRadius: 0,
        pointHoverRadius: 0,
        pointStyle: "line",
      });
    }
    const figure = canvas.closest("figure");
    if (figure) figure.hidden = false;
    const before = window.Chart.getChart(canvas);
    if (before) before.destroy();
    const font = { family: getComputedStyle(document.body).fontFamily, size: 13 };
    const stacked = kind === "stacked";
    const few = kind !== "line" && facts.labels.length <= FEW;
    new window.Chart(canvas, {
      type: kind === "line" ? "line" : "bar",
      data: { labels: few ? facts.labels.map(broken) : facts.labels, datasets },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        layout: { padding: { top: 4 } },
        scales: {
          x: { stacked, offset: true, grid: { display: false }, border: { color: "#84909b" }, ticks: { color: INK, font, maxRotation: 0, autoSkip: !few, autoSkipPadding: 12 } },
          y: {
            stacked, beginAtZero: true, max: facts.top, border: { display: false }, grid: { color: GRID },
            ticks: { color: INK, font, maxTicksLimit: 6, callback: (value) => value.toLocaleString("en") + (facts.unit ? ` ${facts.unit}` : "") },
          },
          ...(facts.series.some((one) => one.kind === "shade") ? { shade: { display: false, min: 0, max: 1 } } : {}),
        },
        plugins: {
          legend: {
            display: datasets.length > 1, position: "bottom", align: "start",
            labels: { color: INK, font: { ...font, size: 14 }, usePointStyle: true, pointStyleWidth: 28, boxHeight: 9, padding: 16, generateLabels: legend },
          },
          tooltip: {
            backgroundColor: "#17212b", padding: 10, cornerRadius: 8, titleFont: { ...font, size: 14 }, bodyFont: { ...font, size: 14 }, usePointStyle: true,
            callbacks: { label: (item) => ` ${item.dataset.label}: ${item.formattedValue}${facts.unit ? ` ${facts.unit}` : ""}` },
          },
        },
      },
    });
  }

  window.drawCharts = (root) => {
    const fonts = document.fonts ? document.fonts.load("13px Sarabun", "กก 0") : Promise.resolve();
    fonts.finally(() => root.querySelectorAll("[data-chart-table]").forEach(draw));
  };

  window.addEventListener("beforeprint", () => Object.values(window.Chart.instances).forEach((chart) => chart.resize()));
})();
