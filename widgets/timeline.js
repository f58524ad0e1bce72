// The timeline in the browser: labels → layout → render → its clean-up.
// It is loaded from a blob URL, so it imports nothing. Received text is only ever
// set as textContent.

const LABELS = {
  en: {
    name: "Transport", empty: "Nothing was measured.", time: "Time",
    play: "Play", pause: "Pause", live: "live", held: "held", merged: (n) => `One point stands for up to ${n} events.`,
    at: (ms) => `At ${ms} ms`, unit: { age_ms: "ms", latency_ms: "ms", bytes: "bytes", requests: "requests" },
    measures: { age_ms: "Age of the data", latency_ms: "Latency", bytes: "Bytes", requests: "Requests" },
    heads: { age_ms: "Age, ms", latency_ms: "Latency, ms", bytes: "Bytes", requests: "Requests" },
    chart: (measure, names) => `${measure} over time: ${names}`,
    hint: "Point at the chart, or use ← → Page Up, Page Down, Home and End on the slider: all lines are read at one time.",
  },
  vi: {
    name: "Cách truyền", empty: "Chưa đo được gì.", time: "Thời điểm",
    play: "Chạy", pause: "Tạm dừng", live: "trực tiếp", held: "đang dừng", merged: (n) => `Một điểm đại diện cho tối đa ${n} sự kiện.`,
    at: (ms) => `Lúc ${ms} ms`, unit: { age_ms: "ms", latency_ms: "ms", bytes: "byte", requests: "yêu cầu" },
    measures: { age_ms: "Tuổi dữ liệu", latency_ms: "Độ trễ", bytes: "Byte", requests: "Yêu cầu" },
    heads: { age_ms: "Tuổi, ms", latency_ms: "Độ trễ, ms", bytes: "Byte", requests: "Yêu cầu" },
    chart: (measure, names) => `${measure} theo thời gian: ${names}`,
    hint: "Rê chuột trên biểu đồ, hoặc dùng ← → Page Up, Page Down, Home, End trên thanh trượt: mọi đường được đọc tại cùng một thời điểm.",
  },
};
const ICONS = { play: "M4 3l9 5-9 5z", pause: "M5 3v10M11 3v10" };
const MEASURES = ["age_ms", "latency_ms", "bytes", "requests"];
const DASHES = ["", "7 4", "2 3", "10 3 2 3", "5 2", "1 4"];
const MARKERS = [
  "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "M-4-4h8v8h-8z", "M0-5l5 9h-10z",
  "M0-5l5 5-5 5-5-5z", "M0 5l5-9h-10z", "M-5-1h4v-4h2v4h4v2h-4v4h-2v-4h-4z",
];
const WIDE = 560;
const LINE_HEIGHT = 17;
const NS = "http://www.w3.org/2000/svg";

// ---- Layout: values in, values out; Node tests these without a browser.

export const labelsOf = (lang) => LABELS[lang] ?? LABELS.en;

/** Control characters as pictures; characters that cannot be seen as one sign. */
export const visible = (text) =>
  String(text)
    .replace(/[\x00-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\x7f/g, "\u2421")
    .replace(/[\x80-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "\ufffd");

/** "1,234.5", or "1.234,5" in Vietnamese; a dash for what was not measured. */
export function numberText(value, lang) {
  if (value === null) return "–";
  const [whole, part] = (Math.round(value * 10) / 10).toFixed(1).split(".");
  const [comma, point] = lang === "vi" ? [".", ","] : [",", "."];
  return whole.replace(/\B(?=(\d{3})+$)/g, comma) + (part === "0" ? "" : point + part);
}

export const measuresOf = (series) => MEASURES.filter((m) => series.some(({ events }) => events.some((e) => m in e)));
export const endOf = (series) => Math.max(0, ...series.map(({ events }) => events[events.length - 1]?.time_ms ?? 0));

/** Every time at which something happened, once, in order. */
export const timesOf = (series) => [...new Set(series.flatMap(({ events }) => events.map((e) => e.time_ms)))].sort((a, b) => a - b);

/** How many events one of these stands for at most. */
export const mergedIn = (series) => series.reduce((most, { events }) => events.reduce((n, { count = 1 }) => Math.max(n, count), most), 1);

/** What a series says at a time; null before it has said anything. */
export function valueAt(events, measure, time) {
  const known = events.filter((e) => measure in e && e.time_ms <= time);
  if (!known.length) return null;
  const last = known[known.length - 1];
  if (measure === "age_ms") return last.age_ms + time - last.time_ms;
  if (measure === "latency_ms") return last.latency_ms;
  return known.reduce((sum, e) => sum + e[measure], 0);
}

/** The corners of a series' line: what it says just before an event, and from it on. */
export function cornersOf(events, measure, end) {
  const corners = [], marks = [];
  let value = null, last = 0;
  const go = (time) => {
    if (value === null) return;
    corners.push([time, measure === "age_ms" ? value + time - last : value]);
  };
  for (const event of events) {
    if (!(measure in event)) continue;
    go(event.time_ms);
    const sums = measure === "bytes" || measure === "requests";
    value = (sums ? value ?? 0 : 0) + event[measure];
    last = event.time_ms;
    corners.push([last, value]);
    marks.push([last, value]);
  }
  go(end);
  return { corners, marks };
}

/** Round numbers from 0 up to `most`, about `count` of them. */
export function ticksOf(most, count) {
  const rough = (most || 1) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max([1, 2, 5, 10].find((n) => n * power >= rough) * power, 1);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** Places for labels: as near to where they belong as `gap` between them allows. */
export function spread(wanted, gap, top, bottom) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]), places = [];
  order.forEach((i, n) => { places[i] = Math.max(wanted[i], n ? places[order[n - 1]] + gap : top); });
  let limit = bottom;
  for (const i of [...order].reverse()) {
    places[i] = Math.min(places[i], limit);
    limit = places[i] - gap;
  }
  return places;
}

/** The whole chart in pixels: scales, ticks, lines, markers, labels. */
export function chartOf(series, measure, width, height) {
  const wide = width >= WIDE, end = endOf(series);
  const area = { left: 58, right: width - (wide ? 150 : 26), top: 12, bottom: height - 30 };
  const lines = series.map(({ events }) => cornersOf(events, measure, end));
  const most = Math.max(1, ...lines.flatMap(({ corners }) => corners.map(([, value]) => value)));
  const x = (time) => area.left + (end ? time / end : 0) * (area.right - area.left);
  const y = (value) => area.bottom - (value / most) * (area.bottom - area.top);
  const place = ([time, value]) => [Math.round(x(time) * 10) / 10, Math.round(y(value) * 10) / 10];
  // Where lines run on top of each other, each marks other events than its neighbours.
  const drawn = lines.map(({ corners, marks }, i) => {
    const stride = Math.max(series.length, Math.ceil(marks.length / 12));
    return {
      path: corners.map((corner, n) => `${n ? "L" : "M"}${place(corner).join(" ")}`).join(""),
      marks: marks.filter((_, n) => (n + i) % stride === 0).map(place),
      end: corners.length ? place(corners[corners.length - 1]) : null,
    };
  });
  const places = spread(drawn.map((line) => line.end?.[1] ?? area.bottom), LINE_HEIGHT, area.top, area.bottom);
  return {
    area, wide, x, end,
    xTicks: ticksOf(end, wide ? 6 : 3).map((value) => ({ value, at: x(value) })),
    yTicks: ticksOf(most, 6).map((value) => ({ value, at: y(value) })),
    lines: drawn.map((line, i) => ({ ...line, label: places[i] })),
  };
}

/** Where a key leads the cursor among the events' times; null when it is not ours. */
export function afterKey(key, at, times) {
  const last = times.length - 1;
  const next = times.findIndex((time) => time > at), on = next < 0 ? last : next;
  const before = times.findLastIndex((time) => time < at), back = Math.max(before, 0);
  const leads = {
    ArrowRight: on, ArrowUp: on, ArrowLeft: back, ArrowDown: back, Home: 0, End: last,
    PageUp: Math.min(on + 9, last), PageDown: Math.max(back - 9, 0),
  };
  return times.length && Object.hasOwn(leads, key) ? times[leads[key]] : null;
}

// ---- Render

function element(name, className, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = visible(text);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
function shape(name, className, attributes, text = "") {
  const made = document.createElementNS(NS, name);
  made.setAttribute("class", className);
  made.textContent = visible(text);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
function dress(button, icon, label) {
  if (button.title === label) return;
  const svg = shape("svg", "", { viewBox: "0 0 16 16" });
  svg.append(shape("path", "", { d: ICONS[icon] }));
  button.replaceChildren(svg);
  button.title = label;
  button.setAttribute("aria-label", label);
}
const lineOf = (index, d) => shape("path", "lw-line", { d, "stroke-dasharray": DASHES[index % 6] });
const markOf = (index, [x, y]) => shape("path", "lw-mark", { d: MARKERS[index % 6], transform: `translate(${x} ${y})` });

function drawChart(svg, chart, series, label, lang) {
  const { area, lines, xTicks, yTicks } = chart;
  svg.replaceChildren();
  svg.append(shape("text", "lw-unit", { x: 4, y: area.bottom + 20 }, "ms"));
  for (const { value, at } of yTicks) {
    svg.append(shape("path", "lw-grid", { d: `M${area.left} ${at}H${area.right}` }));
    svg.append(shape("text", "lw-tick", { x: area.left - 6, y: at + 4, "text-anchor": "end" }, numberText(value, lang)));
  }
  for (const { value, at } of xTicks) svg.append(shape("text", "lw-tick", { x: at, y: area.bottom + 20, "text-anchor": "middle" }, numberText(value, lang)));
  const cursor = svg.appendChild(shape("path", "lw-cursor", {}));
  lines.forEach((line, index) => {
    const group = svg.appendChild(shape("g", "lw-series", { "data-hue": index % 6 }));
    group.append(lineOf(index, line.path), ...line.marks.map((at) => markOf(index, at)));
    if (!line.end) return;
    group.append(shape("path", "lw-leader", { d: `M${line.end.join(" ")}L${area.right + 5} ${line.label}` }), markOf(index, [area.right + 10, line.label]));
    const name = series[index].name;
    if (chart.wide) group.append(shape("text", "lw-name", { x: area.right + 19, y: line.label + 4 }, name.length > 20 ? `${name.slice(0, 19)}…` : name));
  });
  svg.setAttribute("aria-label", visible(label));
  return cursor;
}

function swatch(index) {
  const svg = shape("svg", "lw-swatch", { viewBox: "0 0 34 14", "data-hue": index % 6, "aria-hidden": true });
  svg.append(lineOf(index, "M0 7H34"), markOf(index, [17, 7]));
  return svg;
}

function render({ model, el }) {
  const stop = new AbortController();
  const listen = (target, type, run) => target.addEventListener(type, run, { signal: stop.signal });
  const [root, title, bar, parts, readout] = ["lw-face lw-timeline", "lw-title", "lw-bar", "lw-parts", "lw-detail"].map((name) => element("div", name));
  const svg = shape("svg", "lw-chart", { role: "img" });
  const slider = element("input", "lw-slider", "", { type: "range", min: 0, step: "any" });
  const [hint, when, note] = [element("p", "lw-hint"), element("p", "lw-when"), element("p", "lw-note")];
  const [flow, state] = [element("button", "lw-button lw-icon", "", { type: "button" }), element("span", "lw-flow", "", { role: "status" })];
  let words = labelsOf("en"), chart = null, cursor = null, width = 0, frame = 0, choices = "";
  let taken = []; // The series that are shown.
  let held = null; // At which time a reader holds a live picture; null: it flows.

  const live = () => Boolean(model.get("following"));
  const series = () => taken;
  const measure = () => {
    const known = measuresOf(series());
    return known.includes(model.get("measure")) ? model.get("measure") : known[0];
  };
  const at = () => Math.min(Math.max((live() ? held : model.get("at_ms")) ?? Infinity, 0), endOf(series()));

  /** Holds a live picture at a time; without one it flows again. */
  function hold(time) {
    held = time ?? null;
    held === null ? take() : drawCursor();
  }
  function set(name, value, save = true) {
    if (live() && name === "at_ms") return hold(value);
    if (model.get(name) !== value) model.set(name, value);
    if (save) model.save_changes();
  }
  function drawReadout(lang) {
    const known = measuresOf(series()), table = element("table", "lw-fields");
    when.textContent = words.at(numberText(at(), lang));
    table.createTHead().insertRow().append(...[words.name, ...known.map((m) => words.heads[m])].map((text) => element("th", "", text, { scope: "col" })));
    const body = table.createTBody();
    series().forEach(({ name, events }, index) => {
      const head = element("th", "lw-name", "", { scope: "row" });
      head.append(swatch(index), element("span", "", name));
      body.insertRow().append(head, ...known.map((m) => {
        const cell = element("td", "lw-number", numberText(valueAt(events, m, at()), lang));
        cell.dataset.head = words.heads[m];
        cell.classList.toggle("lw-drawn", m === measure());
        return cell;
      }));
    });
    readout.replaceChildren(when, table, note, hint);
  }
  function drawState() {
    const flows = live() && held === null, tells = live() ? (flows ? words.live : words.held) : "";
    if (state.textContent !== tells) state.textContent = tells;
    state.classList.toggle("lw-flowing", flows);
    flow.hidden = state.hidden = !live();
    dress(flow, flows ? "pause" : "play", flows ? words.pause : words.play);
  }
  function drawCursor() {
    const lang = model.get("lang");
    drawState();
    if (!chart) return;
    cursor.setAttribute("d", `M${chart.x(at())} ${chart.area.top}V${chart.area.bottom}`);
    slider.value = at();
    const said = series().map(({ name, events }) => `${name} ${numberText(valueAt(events, measure(), at()), lang)}`);
    // While it flows, a screen reader is left in peace.
    if (!live() || held !== null) slider.setAttribute("aria-valuetext", visible(`${words.at(numberText(at(), lang))}, ${words.measures[measure()]}: ${said.join("; ")}`));
    drawReadout(lang);
  }
  function draw() {
    const lang = model.get("lang"), known = measuresOf(series()), focused = document.activeElement?.dataset?.measure;
    words = labelsOf(lang);
    root.lang = lang;
    title.textContent = visible(model.get("title"));
    title.hidden = !model.get("title");
    hint.textContent = known.length ? words.hint : words.empty;
    const merged = mergedIn(series());
    note.textContent = merged > 1 ? words.merged(numberText(merged, lang)) : "";
    note.hidden = merged < 2;
    drawState();
    for (const part of [svg, slider]) part.toggleAttribute("hidden", !known.length);
    bar.hidden = !known.length && !live();
    // A button that is replaced while it is pressed would not be clicked.
    const offered = JSON.stringify([lang, measure(), known]);
    if (offered !== choices) {
      const hadFocus = bar.contains(document.activeElement) && focused;
      choices = offered;
      bar.replaceChildren(...known.map((name) => {
        const made = element("button", "lw-button", words.measures[name], { type: "button", "aria-pressed": name === measure() });
        made.dataset.measure = name;
        return made;
      }), flow, state);
      if (hadFocus) bar.querySelector(`[data-measure="${focused}"]`)?.focus();
    }
    if (!known.length) return readout.replaceChildren(hint);
    if (!width) return;
    const height = width >= WIDE ? 300 : 230;
    for (const [key, value] of [["width", width], ["height", height], ["viewBox", `0 0 ${width} ${height}`]]) svg.setAttribute(key, value);
    chart = chartOf(series(), measure(), width, height);
    cursor = drawChart(svg, chart, series(), words.chart(words.measures[measure()], series().map((s) => s.name).join(", ")), lang);
    slider.max = chart.end;
    slider.setAttribute("aria-label", words.time);
    Object.assign(slider.style, { marginLeft: `${chart.area.left - 8}px`, width: `${chart.area.right - chart.area.left + 16}px` });
    drawCursor();
  }
  /** The series from the kernel, unless the reader holds what was. */
  function take() {
    if (live() && held !== null) return;
    taken = model.get("series");
    draw();
  }
  /** What changes many times a second is drawn when the next frame is. */
  function later() {
    if (!live()) return take();
    frame ||= requestAnimationFrame(() => ((frame = 0), take()));
  }
  /** It has ended, or begun: the held time stays the chosen one. */
  function turn() {
    const time = held;
    held = null;
    take();
    if (time !== null && !live()) set("at_ms", time);
  }
  function point({ clientX, type }) {
    if (!chart || (live() && held === null && type !== "pointerdown")) return;
    const { left, right } = chart.area, share = (clientX - svg.getBoundingClientRect().left - left) / (right - left);
    set("at_ms", Math.min(Math.max(share, 0), 1) * chart.end, type === "pointerdown");
  }

  listen(bar, "click", ({ target }) => target.dataset.measure && set("measure", target.dataset.measure));
  listen(flow, "click", () => hold(held === null ? at() : undefined));
  listen(svg, "pointermove", point);
  listen(svg, "pointerdown", point);
  listen(slider, "input", () => set("at_ms", Number(slider.value), false));
  listen(slider, "change", () => set("at_ms", Number(slider.value)));
  listen(slider, "keydown", (event) => {
    const target = afterKey(event.key, at(), timesOf(series()));
    if (target === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    set("at_ms", target);
  });
  const sizes = new ResizeObserver(([{ contentRect }]) => {
    if (Math.round(contentRect.width) === width) return;
    width = Math.round(contentRect.width);
    draw();
  });

  // JupyterLab would take the arrow keys for its own cells.
  root.dataset.lmSuppressShortcuts = "true";
  const figure = element("div", "lw-figure");
  figure.append(svg, slider);
  parts.append(figure, readout);
  root.append(title, bar, parts);
  el.append(root);
  take();
  sizes.observe(figure);
  const events = ["measure", "lang", "title"].map((name) => [`change:${name}`, draw]);
  events.push(["change:series", later], ["change:following", turn], ["change:at_ms", drawCursor]);
  for (const [name, run] of events) model.on(name, run);
  return () => {
    for (const [name, run] of events) model.off(name, run);
    stop.abort();
    sizes.disconnect();
    cancelAnimationFrame(frame);
    root.remove();
  };
}

export default { render };
