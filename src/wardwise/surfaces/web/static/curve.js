// Draws the curve from the numbers of the table beside it, so that the two cannot disagree.
"use strict";
(() => {
  let plot = null;
  let asTable = false;

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    return { ink: of("--ink"), quiet: of("--quiet"), line: of("--line"), blue: of("--curve"), b80: of("--band80"), b95: of("--band95"), now: of("--red") };
  }

  function numbers() {
    const rows = [...document.querySelectorAll("#curve-table tbody tr")];
    const columns = [[], [], [], [], [], [], []];
    for (const row of rows) {
      const q = row.dataset.q ? row.dataset.q.split(" ").map(Number) : [null, null, null, null, null];
      const n = row.dataset.n ? Number(row.dataset.n) : null;
      [Date.parse(row.dataset.at) / 1000, n, ...q].forEach((value, index) => columns[index].push(value));
    }
    return columns;
  }

  function nowLine(at, word, paint) {
    return (u) => {
      const x = Math.round(u.valToPos(at, "x", true));
      const { ctx, bbox } = u;
      if (x < bbox.left || x > bbox.left + bbox.width) return;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = paint.now;
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
      ctx.textAlign = "left";
      ctx.fillText(word, x + 4 * devicePixelRatio, bbox.top + 12 * devicePixelRatio);
      ctx.restore();
    };
  }

  function draw() {
    const box = document.getElementById("curve-chart");
    if (!box || asTable) return;
    const paint = colours();
    const zone = box.dataset.zone;
    const hour = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const axis = { stroke: paint.quiet, grid: { stroke: paint.line, width: 1 }, ticks: { stroke: paint.line, width: 1 }, font: "12px system-ui, sans-serif" };
    const hidden = { stroke: "transparent", width: 0, points: { show: false } };
    plot?.destroy();
    plot = new uPlot(
      {
        width: box.clientWidth,
        height: box.clientHeight,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 12, 0, 0],
        tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), zone),
        scales: { y: { range: (u, low, high) => [0, Math.max(high, 4) * 1.08] } },
        axes: [{ ...axis, space: 64, values: (u, splits) => splits.map((at) => hour.format(new Date(at * 1000))) }, { ...axis, size: 36, incrs: [1, 2, 5, 10, 20, 50, 100] }],
        series: [
          {},
          { stroke: paint.ink, width: 2, points: { show: false } },
          hidden,
          hidden,
          { stroke: paint.blue, width: 2, dash: [5, 4], points: { show: false } },
          hidden,
          hidden,
        ],
        bands: [
          { series: [6, 2], fill: paint.b95 },
          { series: [5, 3], fill: paint.b80 },
        ],
        hooks: { draw: [nowLine(Date.parse(box.dataset.now) / 1000, box.dataset.word, paint)] },
      },
      numbers(),
      box,
    );
  }

  function show() {
    const chart = document.getElementById("curve-chart");
    if (!chart || !window.uPlot) return;
    const button = document.getElementById("curve-switch");
    chart.hidden = asTable;
    document.querySelector("#curve .key").hidden = asTable;
    document.getElementById("curve-table").hidden = !asTable;
    button.hidden = false;
    button.setAttribute("aria-pressed", String(asTable));
    button.textContent = asTable ? button.dataset.chart : button.dataset.table;
    if (asTable) {
      plot?.destroy();
      plot = null;
    } else draw();
  }

  document.addEventListener("click", (event) => {
    if (event.target.id !== "curve-switch") return;
    asTable = !asTable;
    show();
  });
  document.addEventListener("wardwise:fresh", (event) => {
    if (event.target.id === "curve") show();
  });
  document.addEventListener("wardwise:theme", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== width) draw();
    width = innerWidth;
  });
  show();
})();
