// Draws the charts of a page with uPlot, from the numbers of the table beside
// each, so that they are read by pointer, finger and arrow keys, and zoomed.
// Without this script they stay as the server has drawn them, and the table
// says the same.

const { uPlot } = window;
const all = new Map(); // by the figure that they stand in
const limitShare = 0.8; // of the height, as the server draws it
const wide = { y: 76, x: 24, edge: 4 }; // pixels beside what is drawn
let named = 0;

// ---- the numbers ----------------------------------------------------------

// numbers reads the table of a figure: its rows are stretches of time, its
// columns belong to plots, and those with data-line are drawn. A value stands at
// the middle of its stretch; where a figure says how lines begin, at the end.
function numbers(figure) {
  const table = document.getElementById(figure.dataset.numbers).querySelector("table");
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies[0].rows].map((row) => {
    const time = row.querySelector("time");
    return { at: Date.parse(time.dateTime) / 1000, said: time.textContent, cells: row.cells };
  }).sort((a, b) => a.at - b.at);
  const last = rows.length - 1;
  const from = rows.map((row) => row.at);
  const { until, begins } = figure.dataset;
  const to = from.map((at, i) => from[i + 1] ?? (until ? Date.parse(until) / 1000 : at + (last > 0 ? from[last] - from[last - 1] : 3600)));
  const plots = [...figure.querySelectorAll(":scope > .plot")].map((plot, n) => {
    const columns = heads.flatMap((head, i) => (head.dataset.plot === String(n) ? [i] : []));
    const lines = columns.filter((i) => heads[i].dataset.line).map((i) => ({
      kind: heads[i].dataset.line,
      name: heads[i].textContent,
      values: rows.map((row) => (row.cells[i].dataset.value === undefined ? null : Number(row.cells[i].dataset.value))),
    }));
    return {
      name: plot.querySelector("header > span").textContent,
      lines,
      failed: rows.map((row) => columns.some((i) => row.cells[i].dataset.failed !== undefined)),
      none: rows.map((row) => columns.every((i) => row.cells[i].dataset.value === undefined && row.cells[i].dataset.failed === undefined)),
      said: rows.map((row) => columns.filter((i) => row.cells[i].textContent !== "–").map((i) => {
        const { word, line } = heads[i].dataset;
        return { kind: line, text: word ? `${word} ${row.cells[i].textContent}` : row.cells[i].textContent };
      })),
    };
  });
  const marks = [...document.querySelectorAll("time[data-mark]")].map((time) => ({
    at: Date.parse(time.dateTime) / 1000,
    said: time.closest("li, tr")?.querySelector("p, th")?.textContent.replace(/\s+/g, " ").trim().slice(0, 120) || "",
  })).filter((mark) => mark.at >= from[0] && mark.at <= to[last]);
  const share = begins === undefined ? 0.5 : 0.999; // no crosshair of one stands in the next
  return { from, to, spot: from.map((at, i) => at + share * (to[i] - at)), begins: begins === undefined ? null : Number(begins), said: rows.map((row) => row.said), plots, marks };
}

// rowAt gives the stretch that a time lies in, or the nearest.
function rowAt({ from }, at) {
  const after = from.findIndex((start) => start > at);
  return Math.max(0, (after < 0 ? from.length : after) - 1);
}

// stretches gives where something holds, from one row to before another.
function stretches(holds) {
  const found = [];
  for (let i = 0; i < holds.length; i++) {
    if (!holds[i]) continue;
    const from = i;
    while (i < holds.length && holds[i]) i++;
    found.push([from, i]);
  }
  return found;
}

const view = (it) => it.zoom || [0, it.data.from.length - 1];
const shown = (it, { kind }) => !it.hidden.has(kind);
const join = (said) => said.map(({ text }) => text).join(" · ");

// top is that of the scale, which all plots of a figure share.
function top(it) {
  if (it.figure.dataset.high) return Number(it.figure.dataset.high);
  const [first, last] = view(it);
  const values = it.data.plots.flatMap((plot) => plot.lines.filter((line) => shown(it, line)).flatMap((line) => line.values.slice(first, last + 1)));
  return Math.max(Number(it.figure.dataset.limit || 0) / limitShare, ...values) || 1000;
}

// ---- what is drawn --------------------------------------------------------

const colour = (it, name) => getComputedStyle(it.figure).getPropertyValue(name).trim();
const inks = { low: "--soft", main: "--ink", high: "--soft" };

// trace goes along a line, from the beginning of its first stretch to the end of
// its last one, and leaves gaps.
function trace(it, u, values, area) {
  const { from, to, spot, begins } = it.data;
  const path = new Path2D();
  const x = (at) => u.valToPos(at, "x", true);
  const y = (value) => u.valToPos(value, "y", true);
  for (const [first, after] of stretches(values.map((value) => value !== null))) {
    const before = begins === null ? values[first] : values.slice(0, first).findLast((value) => value !== null) ?? begins;
    path.moveTo(x(from[first]), y(before));
    for (let i = first; i < after; i++) path.lineTo(x(spot[i]), y(values[i]));
    path.lineTo(x(to[after - 1]), y(values[after - 1]));
    if (!area) continue;
    path.lineTo(x(to[after - 1]), y(0));
    path.lineTo(x(from[first]), y(0));
    path.closePath();
  }
  return path;
}

// ground draws what lies below the lines: where it failed, where it was not
// measured, the limit, what was changed.
function ground(it, n, u) {
  const { ctx, bbox } = u;
  const { from, to, plots, marks } = it.data;
  const px = uPlot.pxRatio;
  const x = (at) => Math.round(u.valToPos(at, "x", true));
  const bottom = bbox.top + bbox.height;
  const zero = Math.round(u.valToPos(0, "y", true));
  const { limit, start, low } = it.figure.dataset;
  const line = (ink, dash, draw) => {
    ctx.strokeStyle = colour(it, ink);
    ctx.lineWidth = px;
    ctx.setLineDash(dash.map((length) => length * px));
    ctx.beginPath();
    draw();
    ctx.stroke();
  };
  const part = (top, height) => { const path = new Path2D(); path.rect(bbox.left, top, bbox.width, height); return path; };
  const fill = (ink, share, path) => { ctx.globalAlpha = share; ctx.fillStyle = colour(it, ink); ctx.fill(path); ctx.globalAlpha = 1; };
  ctx.save();
  ctx.clip(part(bbox.top, bbox.height));
  const main = plots[n].lines.find((one) => one.kind === "main");
  if (main && shown(it, main)) {
    const area = trace(it, u, main.values, true);
    fill("--ink", 0.1, area);
    ctx.save();
    ctx.clip(part(zero, bottom - zero)); // what is overspent
    fill("--major", 0.28, area);
    ctx.restore();
  }
  const failed = new Path2D();
  for (const [first, after] of stretches(plots[n].failed)) failed.rect(x(from[first]), bbox.top, x(to[after - 1]) - x(from[first]), bbox.height);
  fill("--major", 0.28, failed);
  for (const [first, after] of stretches(plots[n].none)) {
    line("--unknown", [2, 3], () => ctx.rect(x(from[first]) + px / 2, bbox.top + px / 2, x(to[after - 1]) - x(from[first]) - px, bbox.height - px));
  }
  const level = (y) => () => { ctx.moveTo(bbox.left, y + px / 2); ctx.lineTo(bbox.left + bbox.width, y + px / 2); };
  if (low) line("--edge", [], level(zero));
  if (limit) line("--edge", [4, 3], level(Math.round(u.valToPos(Number(limit), "y", true))));
  const upright = (at) => () => { ctx.moveTo(x(at) + px / 2, bbox.top); ctx.lineTo(x(at) + px / 2, bottom); };
  if (start) line("--edge", [4, 3], upright(Date.parse(start) / 1000));
  for (const mark of marks) line("--accent", [], upright(mark.at));
  ctx.restore();
}

const brief = (said) => said.replace(/ \d{4}$/, ""); // without the year

// took writes how long something takes as the axis has it.
const short = (value) => String(Number(value.toPrecision(3)));
const took = (ms) => (ms === 0 ? "0" : ms < 1000 ? `${short(ms)} ms` : `${short(ms / 1000)} s`);

// labels gives the stretches whose time the axis says, as many as there is room
// for.
function labels(it, u) {
  const [first, last] = view(it);
  const { said, from } = it.data;
  const room = Math.max(...said.slice(first, last + 1).map((text) => brief(text).length)) * 8; // pixels
  const step = Math.max(1, Math.ceil((last - first + 1) / Math.max(1, Math.floor(u.bbox.width / uPlot.pxRatio / (room + 8)))));
  const places = [];
  for (let i = first; i <= last; i += step) if (i === first || u.valToPos(from[i], "x") + room <= u.bbox.width / uPlot.pxRatio) places.push(i);
  return places;
}

function options(it, n) {
  const style = getComputedStyle(it.figure.querySelector(".y"));
  const font = `${style.fontSize} ${style.fontFamily}`;
  const isLast = n === it.data.plots.length - 1;
  const text = () => colour(it, "--soft");
  return {
    ...size(it, n),
    padding: [wide.edge, it.data.begins === null ? 0 : wide.edge, wide.edge, 0],
    legend: { show: false },
    scales: { x: { time: false, auto: false, range: (u, min, max) => [min, max] }, y: { auto: false, range: (u, min, max) => [min, max] } },
    axes: [
      {
        show: isLast, size: wide.x, gap: 4, align: 1, font, stroke: text, grid: { show: false }, ticks: { show: false },
        splits: (u) => labels(it, u).map((i) => it.data.from[i]),
        values: (u, splits) => splits.map((at) => brief(it.data.said[rowAt(it.data, at)])),
      },
      {
        size: wide.y, gap: 8, space: 28, font, stroke: text, ticks: { show: false },
        grid: { stroke: () => colour(it, "--rule"), width: 1 },
        values: (u, splits) => splits.map(it.figure.dataset.unit ? (value) => `${value} ${it.figure.dataset.unit}` : took),
      },
    ],
    series: [{}, ...it.data.plots[n].lines.map((line, i) => ({
      scale: "y", show: shown(it, line), stroke: () => colour(it, inks[line.kind]), width: line.kind === "main" ? 1.5 : 1, dash: line.kind === "high" ? [4, 3] : [],
      points: { show: false },
      paths: (u) => ({ stroke: trace(it, u, it.data.plots[n].lines[i].values), fill: null, clip: null, band: null, gaps: null, flags: 3 }),
    }))],
    cursor: {
      y: false,
      sync: { key: it.key, scales: ["x", null] },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      points: { size: 7, fill: (u, i) => `var(${inks[it.data.plots[n].lines[i - 1].kind]})` },
      move: (u, left, at) => (left < 0 || u.scales.x.min == null ? [left, at] : [u.valToPos(it.data.spot[rowAt(it.data, u.posToVal(left, "x"))], "x"), at]),
      bind: { dblclick: () => () => zoom(it, null) },
    },
    hooks: {
      drawAxes: [(u) => ground(it, n, u)],
      setCursor: [(u) => read(it, u.cursor.left < 0 ? null : u.cursor.idx)],
      setSelect: [(u) => {
        const { left, width } = u.select;
        if (width > 0) zoom(it, [rowAt(it.data, u.posToVal(left, "x")), rowAt(it.data, u.posToVal(left + width, "x"))]);
      }],
    },
  };
}

const size = ({ charts }, n) => ({ width: Math.max(120, charts[n].holder.clientWidth), height: charts[n].holder.clientHeight });

// draw brings the charts up to what is known and asked for.
function draw(it) {
  const [first, last] = view(it);
  const at = it.at;
  const high = top(it);
  for (const [n, { chart }] of it.charts.entries()) {
    chart.batch(() => {
      chart.setData([it.data.spot, ...it.data.plots[n].lines.map((line) => line.values)], false);
      for (const [i, line] of it.data.plots[n].lines.entries()) if (chart.series[i + 1].show !== shown(it, line)) chart.setSeries(i + 1, { show: shown(it, line) }, false);
      chart.setScale("x", { min: it.data.from[first], max: it.data.to[last] });
      chart.setScale("y", { min: Number(it.figure.dataset.low || 0), max: high });
      chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    });
  }
  it.back.hidden = it.zoom === null;
  place(it, at);
}

// ---- what is read ---------------------------------------------------------

// place puts the crosshair at a stretch; null takes it away.
function place(it, row) {
  const [first, last] = view(it);
  const to = row === null || row < first || row > last ? null : row;
  for (const { chart } of it.charts) chart.setCursor(to === null ? { left: -10, top: -10 } : { left: chart.valToPos(it.data.spot[to], "x"), top: 0 }, false);
  it.at = undefined; // what is said of it may be another by now
  read(it, to);
}

// read says what stands at the crosshair.
function read(it, row) {
  if (it.at === row) return;
  it.at = row;
  const { data, slider } = it;
  for (const [n, { value }] of it.charts.entries()) value.textContent = row === null ? "" : join(data.plots[n].said[row].filter((one) => shown(it, one)));
  const marks = row === null ? [] : data.marks.filter((mark) => rowAt(data, mark.at) === row).map((mark) => mark.said);
  const time = row === null ? "" : [data.said[row], ...marks].join(" · ");
  slider.textContent = time || "Point at the chart, or use the arrow keys here.";
  const [, last] = view(it);
  slider.setAttribute("aria-valuemax", data.from.length - 1);
  slider.setAttribute("aria-valuenow", row ?? last);
  slider.setAttribute("aria-valuetext", row === null ? "no time chosen" : `${time}: ${data.plots.map((plot) => `${plot.name} ${join(plot.said[row])}`).join("; ")}`);
}

// zoom shows some stretches alone; null shows all.
function zoom(it, to) {
  const last = it.data.from.length - 1;
  const first = to && Math.max(0, Math.min(...to));
  const end = to && Math.min(last, Math.max(...to));
  it.zoom = to && (first > 0 || end < last) ? [first, end] : null;
  draw(it);
}

// press is a key on the slider; it gives whether it meant something.
function press(it, key) {
  const [first, last] = view(it);
  const here = it.at ?? (key === "ArrowLeft" || key === "ArrowDown" ? last + 1 : last);
  const half = (last - first + 1) / 4;
  const to = {
    ArrowLeft: here - 1, ArrowDown: here - 1, ArrowRight: it.at === null ? last : here + 1, ArrowUp: it.at === null ? last : here + 1,
    PageDown: here - 10, PageUp: here + 10, Home: first, End: last,
  }[key];
  const middle = it.at ?? Math.round((first + last) / 2);
  if (to !== undefined) place(it, Math.max(first, Math.min(last, to)));
  else if (key === "+" || key === "=") zoom(it, [Math.round(middle - half), Math.round(middle + half)]);
  else if (key === "-") zoom(it, [Math.round(middle - 4 * half), Math.round(middle + 4 * half)]);
  else return false;
  return true;
}

// ---- a figure -------------------------------------------------------------

// make adds an element that live updates leave alone.
function make(parent, tag, name, attributes, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.dataset.own = "plots";
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(text);
  parent.append(made);
  return made;
}

function controls(it) {
  it.foot = make(it.figure, "footer", "reader");
  it.slider = make(it.foot, "div", "time", { tabindex: 0, role: "slider", "aria-label": "Time in the chart", "aria-valuemin": 0 });
  it.slider.addEventListener("keydown", (event) => {
    if (!event.altKey && !event.ctrlKey && !event.metaKey && press(it, event.key)) event.preventDefault();
  });
  const lines = it.data.plots[0].lines;
  for (const { kind, name } of lines.length > 1 ? lines : []) {
    const button = make(it.foot, "button", `plain line-${kind}`, { type: "button", "aria-pressed": !it.hidden.has(kind) }, name);
    button.addEventListener("click", () => {
      if (!it.hidden.delete(kind)) it.hidden.add(kind);
      button.setAttribute("aria-pressed", !it.hidden.has(kind));
      draw(it);
    });
  }
  it.back = make(it.foot, "button", "plain", { type: "button", hidden: "" }, "Whole time");
  it.back.addEventListener("click", () => {
    it.slider.focus();
    zoom(it, null);
  });
}

const shape = (data) => JSON.stringify(data.plots.map((plot) => plot.lines.map((line) => line.kind)));

function build(figure) {
  const data = numbers(figure);
  if (data.from.length === 0 || data.plots.length === 0) return;
  const it = { figure, data, key: `plots-${++named}`, at: null, zoom: null, hidden: new Set(["high"]), charts: [] };
  for (const plot of figure.querySelectorAll(":scope > .plot")) {
    const holder = make(plot, "span", "drawn", { "aria-hidden": true });
    it.charts.push({ holder, value: make(plot.querySelector("header"), "span", "value n") });
  }
  all.set(figure, it);
  controls(it);
  for (const [n, one] of it.charts.entries()) {
    one.chart = new uPlot(options(it, n), [data.spot, ...data.plots[n].lines.map((line) => line.values)], one.holder);
    const point = (event) => { if (event.pointerType === "touch") place(it, rowAt(it.data, one.chart.posToVal(event.clientX - one.chart.over.getBoundingClientRect().left, "x"))); };
    one.chart.over.addEventListener("pointerdown", point);
    one.chart.over.addEventListener("pointermove", point);
  }
  sizes.observe(figure);
  draw(it);
}

function drop(it) {
  sizes.unobserve(it.figure);
  for (const { chart, holder, value } of it.charts) {
    chart?.destroy();
    holder.remove();
    value.remove();
  }
  it.foot?.remove();
  all.delete(it.figure);
}

// fresh takes what a live update has put into the page.
function fresh(it) {
  const data = numbers(it.figure);
  const same = data.from.length > 0 && shape(data) === shape(it.data) && it.charts.every(({ holder, value }) => holder.isConnected && value.isConnected) && it.foot.isConnected;
  if (!same) return drop(it);
  const old = it.data;
  const moved = (row) => rowAt(data, old.spot[row]);
  it.zoom &&= it.zoom.map(moved);
  it.at = it.at === null ? null : moved(it.at);
  it.data = data;
  draw(it);
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const it = all.get(target);
    for (const [n, { chart }] of it?.charts.entries() || []) {
      const to = size(it, n);
      if (chart.width !== to.width || chart.height !== to.height) chart.setSize(to);
    }
  }
});

function look() {
  for (const it of [...all.values()]) it.figure.isConnected ? fresh(it) : drop(it);
  for (const figure of document.querySelectorAll("figure.plots[data-numbers]")) if (!all.has(figure)) build(figure);
}

const recolour = () => { for (const { charts } of all.values()) for (const { chart } of charts) chart.redraw(false); };

look();
document.addEventListener("daymark:fresh", look);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const it of all.values()) {
    if (!it.figure.matches(":hover") && !it.figure.contains(document.activeElement)) continue;
    if (it.zoom) zoom(it, null);
    else place(it, null);
  }
});
for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", recolour);
new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-theme"] });
