// The race in the browser: labels → layout → render → its clean-up.
// It is loaded from a blob URL, so it imports nothing. Received text is only ever
// set as textContent.

const LABELS = {
  en: {
    first: "To the start", play: "Play", pause: "Pause", last: "To the end", time: "Time", speed: "Speed",
    clock: (at, end) => `${at} of ${end} ms`, empty: "Nobody has run yet.", name: "Transport",
    got: (n, total) => `${n}\u00a0/\u00a0${total} messages`, units: { bytes: (n) => (n === "1" ? "byte" : "bytes"), requests: (n) => (n === "1" ? "request" : "requests") },
    median: "median", worst: "worst", ms: (value) => `${value}\u00a0ms`,
    heads: { messages: "Messages", bytes: "Bytes", requests: "Requests", median: "Median latency, ms", worst: "Worst latency, ms" },
    live: "live", held: "held", merged: (n) => `One point stands for up to ${n} events.`,
    missing: (names) => `missing: ${names}`, more: (n) => `${n} more`, so: "So far", end: "At the end",
    best: "★ At the end: the best of those that got every message; latencies that differ by no more than 1\u00a0ms count as equal.",
    hint: "Hollow: sent, not here yet. Full: arrived; the line before it is its latency. A tick at the foot: an HTTP request. ← → Page Up, Page Down, Home, End and Space work on the slider.",
  },
  vi: {
    first: "Về đầu", play: "Chạy", pause: "Tạm dừng", last: "Tới cuối", time: "Thời điểm", speed: "Tốc độ",
    clock: (at, end) => `${at} trên ${end} ms`, empty: "Chưa có cuộc đua nào.", name: "Cách truyền",
    got: (n, total) => `${n}\u00a0/\u00a0${total} thông điệp`, units: { bytes: () => "byte", requests: () => "yêu cầu" },
    median: "trễ trung vị", worst: "lớn nhất", ms: (value) => `${value}\u00a0ms`,
    heads: { messages: "Thông điệp", bytes: "Byte", requests: "Yêu cầu", median: "Độ trễ trung vị (ms)", worst: "Độ trễ lớn nhất (ms)" },
    live: "trực tiếp", held: "đang dừng", merged: (n) => `Một điểm đại diện cho tối đa ${n} sự kiện.`,
    missing: (names) => `thiếu: ${names}`, more: (n) => `${n} thông điệp nữa`, so: "Tới lúc này", end: "Kết quả",
    best: "★ Khi kết thúc: tốt nhất trong số các cách nhận đủ mọi thông điệp; độ trễ chênh nhau không quá 1\u00a0ms được coi là bằng nhau.",
    hint: "Chấm rỗng: đã gửi, chưa tới. Chấm đặc: đã tới; vạch ngang trước nó là độ trễ. Vạch đứng dưới chân: một yêu cầu HTTP. Trên thanh trượt, dùng ← → Page Up, Page Down, Home, End và phím cách.",
  },
};
const ICONS = { first: "M4 3v10M13 3 6 8l7 5z", play: "M4 3l9 5-9 5z", pause: "M5 3v10M11 3v10", last: "M12 3v10M3 3l7 5-7 5z" };
const COLUMNS = ["messages", "bytes", "requests", "median", "worst"];
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 10];
const [MAX_NAMED, TIE_MS, BEST] = [8, 1, "★"];
const [DOT, PILE, FOOT, EDGE] = [4, 54, 12, 8]; // EDGE: half of the slider's thumb
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

export const endOf = (lanes) => Math.max(0, ...lanes.map(({ events }) => events[events.length - 1]?.time_ms ?? 0));
export const timesOf = (lanes) => [...new Set(lanes.flatMap(({ events }) => events.map((e) => e.time_ms)))].sort((a, b) => a - b);

/** How many messages every lane should get. */
export const totalOf = (lanes, sent) => lanes.reduce((most, { events }) => events.reduce((n, e) => Math.max(n, e.message ?? 0), most), sent);

/** How many events one of these stands for at most. */
export const mergedIn = (lanes) => lanes.reduce((most, { events }) => events.reduce((n, { count = 1 }) => Math.max(n, count), most), 1);

/** How many messages events brought. */
const arrivedIn = (events) => events.reduce((sum, { message, messages = 1 }) => sum + (message === undefined ? 0 : messages), 0);

/** What a lane has got and paid up to a time; null for what was never measured in it. */
export function statsAt(events, time) {
  const known = events.filter((e) => e.time_ms <= time);
  const late = known.filter((e) => "latency_ms" in e).map((e) => e.latency_ms).sort((a, b) => a - b);
  const sum = (name) => (events.some((e) => name in e) ? known.reduce((n, e) => n + (e[name] ?? 0), 0) : null);
  const half = late.length >> 1;
  return {
    messages: arrivedIn(known), bytes: sum("bytes"), requests: sum("requests"),
    median: late.length ? (late.length % 2 ? late[half] : (late[half - 1] + late[half]) / 2) : null,
    worst: late.length ? known.reduce((most, e) => Math.max(most, e.worst_ms ?? e.latency_ms ?? 0), 0) : null,
  };
}

/** The columns that were measured in any lane. */
export function columnsOf(lanes) {
  const rows = lanes.map(({ events }) => statsAt(events, Infinity));
  return COLUMNS.filter((column) => rows.some((row) => row[column] !== null));
}

/** The numbers that a lane never got. */
export function missingOf(events, total) {
  const got = new Set(events.map((e) => e.message));
  return Array.from({ length: total }, (_, i) => i + 1).filter((number) => !got.has(number));
}

/** How many a lane never got, and which; of merged events only how many is known. */
export const lackingOf = (events, total) => ({
  count: total - arrivedIn(events), numbers: mergedIn([{ events }]) > 1 ? [] : missingOf(events, total),
});

/** For each column the lanes that are best in it, among those that got everything. */
export function winnersOf(rows, total) {
  return Object.fromEntries(COLUMNS.map((column) => {
    const known = rows.map((_, i) => i).filter((i) => rows[i][column] !== null);
    const fit = known.filter((i) => rows[i].messages === total);
    const limit = Math.min(...fit.map((i) => rows[i][column])) + (column === "median" || column === "worst" ? TIE_MS : 0);
    const found = fit.filter((i) => rows[i][column] <= limit);
    return [column, found.length === known.length ? [] : found];
  }));
}

/** A lane in pixels: a dot for each message, higher where it would cover the one before. */
export function trackOf(events, end, width) {
  const x = (time) => EDGE + (end ? Math.max(time, 0) / end : 0) * (width - 2 * EDGE);
  const dots = [];
  let [pile, level] = [-Infinity, 0];
  for (const event of events) {
    if (!("message" in event)) continue;
    const at = x(event.time_ms);
    if (at - pile < 1.5 * DOT) level += 1;
    else [pile, level] = [at, 0];
    dots.push({ time: event.time_ms, sent: event.time_ms - (event.latency_ms ?? 0), x: at, from: x(event.time_ms - (event.latency_ms ?? 0)), level });
  }
  const highest = Math.max(0, ...dots.map((dot) => dot.level)), gap = Math.min(2 * DOT + 2, PILE / Math.max(highest, 1));
  const base = 2 * DOT + 4 + highest * gap;
  return {
    height: Math.round(base + FOOT), base, x,
    dots: dots.map(({ level: high, ...dot }) => ({ ...dot, y: base - DOT - 2 - high * gap })),
    requests: events.filter((e) => e.requests).map((e) => ({ time: e.time_ms, x: x(e.time_ms) })),
  };
}

const round = (value) => Math.round(value * 10) / 10;
const circle = (x, y) => `M${round(x - DOT)} ${round(y)}a${DOT} ${DOT} 0 1 0 ${2 * DOT} 0a${DOT} ${DOT} 0 1 0 ${-2 * DOT} 0z`;

/** The four paths of a lane at a time: what waited, what waits, what came, what it asked. */
export function pathsAt(track, time) {
  const here = track.dots.filter((dot) => dot.time <= time), now = track.x(time);
  const waiting = track.dots.filter((dot) => dot.sent <= time && dot.time > time);
  return {
    wait: [...here.map((dot) => [dot, dot.x]), ...waiting.map((dot) => [dot, now])].map(([dot, to]) => `M${round(dot.from)} ${round(dot.y)}H${round(to)}`).join(""),
    due: waiting.map((dot) => circle(now, dot.y)).join(""),
    come: here.map((dot) => circle(dot.x, dot.y)).join(""),
    asked: track.requests.filter((one) => one.time <= time).map((one) => `M${round(one.x)} ${round(track.base + 3)}v${FOOT - 4}`).join(""),
    now: `M${round(now)} 0V${track.height}`,
  };
}

/** Where a key leads the clock among the events' times; null when it is not ours. */
export function afterKey(key, at, times) {
  const last = times.length - 1;
  const next = times.findIndex((time) => time > at), on = next < 0 ? last : next;
  const back = Math.max(times.findLastIndex((time) => time < at), 0);
  const leads = {
    ArrowRight: on, ArrowUp: on, ArrowLeft: back, ArrowDown: back, Home: -1, End: last,
    PageUp: Math.min(on + 9, last), PageDown: Math.max(back - 9, 0),
  };
  if (!times.length || !Object.hasOwn(leads, key)) return null;
  return leads[key] < 0 ? 0 : times[leads[key]];
}

/** Where a clock stands that jumps from event to event instead of gliding. */
export const calmTime = (time, times) => times[times.findLastIndex((one) => one <= time)] ?? 0;

// ---- Render

function element(name, className, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = visible(text);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
function shape(name, className, attributes) {
  const made = document.createElementNS(NS, name);
  made.setAttribute("class", className);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
function dress(button, icon, label) {
  if (button.dataset.icon === icon && button.title === label) return;
  const svg = shape("svg", "", { viewBox: "0 0 16 16", "aria-hidden": true });
  svg.append(shape("path", "", { d: ICONS[icon] }));
  button.replaceChildren(svg);
  button.dataset.icon = icon;
  button.title = label;
  button.setAttribute("aria-label", label);
}
/** Text that changes many times a second is only touched when it does. */
function say(part, text) {
  const shown = visible(text);
  if (part.textContent !== shown) part.textContent = shown;
}

function drawLane({ name }, index) {
  const lane = element("div", "lw-lane", "", { "data-hue": index % 6 });
  const [head, counters] = [element("div", "lw-lane-head"), element("span", "lw-counters")];
  head.append(element("span", "lw-lane-name", name), counters);
  const svg = shape("svg", "lw-track", { "aria-hidden": true });
  const paths = Object.fromEntries(["base", "wait", "asked", "now", "due", "come"].map((part) => [part, svg.appendChild(shape("path", `lw-${part}`, {}))]));
  lane.append(head, svg);
  return { lane, counters, svg, paths, track: null };
}

function render({ model, el }) {
  const stop = new AbortController();
  const listen = (target, type, run) => target.addEventListener(type, run, { signal: stop.signal });
  const [root, title, bar, parts, figure, course, detail] = ["lw-face lw-race", "lw-title", "lw-bar", "lw-parts", "lw-figure", "lw-course", "lw-detail"].map((name) => element("div", name));
  const slider = element("input", "lw-slider", "", { type: "range", min: 0, step: "any" });
  const [clock, label, pace] = [element("span", "lw-count"), element("label", "lw-speed"), element("select", "lw-pace")];
  const [when, legend, hint, status] = ["lw-when", "lw-hint", "lw-hint", "lw-aside"].map((name) => element("p", name));
  const table = element("table", "lw-fields"), calm = matchMedia("(prefers-reduced-motion: reduce)");
  const buttons = {};
  let [words, rows, cells, frame, width] = [labelsOf("en"), [], [], 0, 0];
  let [times, end, total, columns] = [[], 0, 0, []];
  const [state, note] = [element("span", "lw-flow", "", { "aria-live": "polite" }), element("p", "lw-note")];
  let [taken, soon, drawn] = [[], 0, ""]; // The lanes that are shown, and what was drawn for them.
  let held = null; // At which time a reader holds a live picture; null: it flows.

  const live = () => Boolean(model.get("following"));
  const lanes = () => taken;
  const lang = () => model.get("lang");
  const number = (value) => numberText(value, lang());
  const at = () => Math.min(Math.max((live() ? held : model.get("at_ms")) ?? Infinity, 0), end);

  /** Holds a live picture at a time; without one it flows again. */
  function hold(time) {
    held = time ?? null;
    play(false);
    held === null ? take() : drawTime();
  }
  function set(name, value, save = true) {
    if (live() && name === "at_ms") return hold(value);
    if (model.get(name) !== value) model.set(name, value);
    if (save) model.save_changes();
  }
  function play(on) {
    cancelAnimationFrame(frame);
    frame = 0;
    const going = live() ? held === null : on;
    dress(buttons.play, going ? "pause" : "play", going ? words.pause : words.play);
    if (!on) return;
    let [from, began] = [at() >= end ? 0 : at(), null];
    status.textContent = "";
    const step = (now) => {
      // A tab that nobody sees gets no frames; the time of its sleep does not count.
      if (began !== null) from = Math.min(from + Math.min(now - began, 100) * model.get("speed"), end);
      began = now;
      const time = from >= end ? end : calm.matches ? calmTime(from, times) : from;
      frame = time < end ? requestAnimationFrame(step) : 0;
      set("at_ms", time, time >= end);
      if (time >= end) finish();
    };
    frame = requestAnimationFrame(step);
  }
  function finish() {
    play(false);
    drawTime();
    status.textContent = visible(`${words.end}. ${lanes().map(({ name }, i) => `${name}: ${rows[i].counters.textContent}`).join(". ")}`);
  }
  function go(time) {
    if (frame) play(false);
    set("at_ms", time);
    drawTime();
  }
  function lacking(events) {
    const { count, numbers } = lackingOf(events, total), names = numbers.slice(0, MAX_NAMED).map(number);
    if (count > names.length) names.push(words.more(number(count - names.length)));
    return names.length ? words.missing(names.join(", ")) : "";
  }
  function drawTime() {
    const tells = live() ? (held === null ? words.live : words.held) : "";
    say(state, tells);
    state.classList.toggle("lw-flowing", tells === words.live);
    if (!lanes().length) return;
    const time = at(), over = time >= end && !live(), stats = lanes().map(({ events }) => statsAt(events, time));
    const best = over ? winnersOf(stats, total) : {}, said = words.clock(number(Math.round(time)), number(Math.round(end)));
    say(clock, said);
    say(when, over ? words.end : `${words.so}: ${words.ms(number(Math.round(time)))}`);
    slider.value = time;
    lanes().forEach(({ name, events }, i) => {
      const one = stats[i], lost = over ? lacking(events) : "";
      const counts = [words.got(number(one.messages), number(total))];
      for (const key of ["bytes", "requests"]) if (one[key] !== null) counts.push(`${number(one[key])}\u00a0${words.units[key](number(one[key]))}`);
      if (events.some((e) => "latency_ms" in e)) counts.push(`${words.median} ${words.ms(number(one.median))}`, `${words.worst} ${words.ms(number(one.worst))}`);
      if (lost) counts.push(`⚠ ${lost}`);
      say(rows[i].counters, counts.join(" · "));
      columns.forEach((column, n) => {
        const text = number(one[column]) + (column === "messages" ? ` / ${number(total)}` : "");
        const wins = best[column]?.includes(i) ?? false;
        say(cells[i][n], text + (wins ? ` ${BEST}` : "") + (column === "messages" && lost ? ` (${lost})` : ""));
        cells[i][n].classList.toggle("lw-best", wins);
      });
      if (rows[i].track) for (const [part, d] of Object.entries(pathsAt(rows[i].track, time))) rows[i].paths[part].setAttribute("d", d);
    });
    // While it plays or flows, a screen reader is left in peace; it reads the end.
    if (frame || (live() && held === null)) return;
    slider.setAttribute("aria-valuetext", visible(`${said}. ${lanes().map(({ name }, i) => `${name}: ${words.got(number(stats[i].messages), number(total))}`).join("; ")}`));
  }
  function drawTable() {
    table.replaceChildren();
    table.createTHead().insertRow().append(...[words.name, ...columns.map((c) => words.heads[c])].map((text) => element("th", "", text, { scope: "col" })));
    const body = table.createTBody();
    cells = lanes().map(({ name }) => {
      const made = columns.map((c) => element("td", "lw-number", "", { "data-head": words.heads[c], "data-column": c }));
      body.insertRow().append(element("th", "lw-name", name, { scope: "row" }), ...made);
      return made;
    });
  }
  function drawSpeeds() {
    pace.replaceChildren(...SPEEDS.map((speed) => element("option", "", `${String(speed).replace(".", lang() === "vi" ? "," : ".")}×`, { value: speed })));
    pace.value = model.get("speed");
    pace.setAttribute("aria-label", words.speed);
  }
  function draw() {
    [words, times, end, total] = [labelsOf(lang()), timesOf(lanes()), endOf(lanes()), totalOf(lanes(), model.get("messages"))];
    columns = columnsOf(lanes());
    root.lang = lang();
    title.textContent = visible(model.get("title"));
    title.hidden = !model.get("title");
    for (const name in buttons) dress(buttons[name], name, words[name]);
    play(false);
    status.textContent = "";
    hint.textContent = lanes().length ? words.hint : words.empty;
    legend.textContent = words.best;
    for (const part of [figure, when, table]) part.hidden = !lanes().length;
    bar.hidden = !lanes().length && !live();
    label.hidden = live();
    const won = winnersOf(lanes().map(({ events }) => statsAt(events, Infinity)), total), merged = mergedIn(lanes());
    legend.hidden = live() || !Object.values(won).some((found) => found.length);
    say(note, merged > 1 ? words.merged(number(merged)) : "");
    note.hidden = merged < 2;
    slider.max = end;
    slider.setAttribute("aria-label", words.time);
    rows = lanes().map(drawLane);
    course.replaceChildren(...rows.map(({ lane }) => lane));
    drawSpeeds();
    drawTable();
    drawTracks();
  }
  /** The lanes from the kernel, unless the reader holds what was. */
  function take() {
    if (live() && held !== null) return;
    taken = model.get("lanes");
    const shape = JSON.stringify([lanes().map(({ name }) => name), columnsOf(lanes()), mergedIn(lanes()), live()]);
    if (!live() || shape !== drawn) draw();
    else {
      [times, end, total] = [timesOf(lanes()), endOf(lanes()), totalOf(lanes(), model.get("messages"))];
      slider.max = end;
      drawTracks();
    }
    drawn = shape;
  }
  /** What changes many times a second is drawn when the next frame is. */
  function later() {
    if (!live()) return take();
    soon ||= requestAnimationFrame(() => ((soon = 0), take()));
  }
  /** It has ended, or begun: the held time stays the chosen one. */
  function turn() {
    const time = held;
    held = null;
    take();
    if (time !== null && !live()) go(time);
  }
  function drawTracks() {
    if (width) rows.forEach((row, i) => {
      row.track = trackOf(lanes()[i].events, end, width);
      const { height, base } = row.track;
      for (const [key, value] of [["width", width], ["height", height], ["viewBox", `0 0 ${width} ${height}`]]) row.svg.setAttribute(key, value);
      row.paths.base.setAttribute("d", `M0 ${round(base + 1)}H${width}`);
    });
    drawTime();
  }

  for (const name of ["first", "play", "last"]) buttons[name] = bar.appendChild(element("button", "lw-button", "", { type: "button" }));
  listen(buttons.first, "click", () => go(0));
  listen(buttons.last, "click", () => go(end));
  listen(buttons.play, "click", () => {
    if (live()) hold(held === null ? at() : undefined);
    else frame ? go(at()) : play(true);
  });
  listen(pace, "change", () => set("speed", Number(pace.value)));
  listen(slider, "input", () => {
    if (frame) play(false);
    set("at_ms", Number(slider.value), false);
  });
  listen(slider, "change", () => set("at_ms", Number(slider.value)));
  listen(slider, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = afterKey(event.key, at(), times);
    if (target === null && event.key !== " ") return;
    event.preventDefault();
    if (target !== null) go(target);
    else if (!event.repeat) buttons.play.click();
  });
  const sizes = new ResizeObserver(([{ contentRect }]) => {
    if (Math.round(contentRect.width) === width) return;
    width = Math.round(contentRect.width);
    drawTracks();
  });

  // JupyterLab would take the arrow keys for its own cells.
  root.dataset.lmSuppressShortcuts = "true";
  status.setAttribute("role", "status");
  label.append(pace);
  bar.append(label, clock, state);
  figure.append(course, slider);
  detail.append(when, table, legend, note, hint, status);
  parts.append(figure, detail);
  root.append(title, bar, parts);
  el.append(root);
  take();
  sizes.observe(course);
  const events = ["messages", "lang", "title"].map((name) => [`change:${name}`, draw]);
  events.push(["change:lanes", later], ["change:following", turn], ["change:at_ms", drawTime], ["change:speed", drawSpeeds]);
  for (const [name, run] of events) model.on(name, run);
  return () => {
    for (const [name, run] of events) model.off(name, run);
    cancelAnimationFrame(frame);
    cancelAnimationFrame(soon);
    frame = 0;
    stop.abort();
    sizes.disconnect();
    root.remove();
  };
}

export default { render };
