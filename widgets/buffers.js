// The buffers in the browser: labels → layout → render → its clean-up.
// It is loaded from a blob URL, so it imports nothing. Received text is only ever
// set as textContent.

const LABELS = {
  en: {
    play: "Play", pause: "Pause", time: "Time", at: (ms) => `At ${ms} ms`,
    queues: { application_bytes: "Application", transport_bytes: "Transport", kernel_bytes: "Kernel" },
    marks: { high_bytes: (size) => `high-water mark ${size}`, low_bytes: (size) => `low-water mark ${size}` },
    paused: "⏸ The writer has to wait.", running: "▶ The writer may write.",
    full: (size) => `full width: ${size}`, waits: "Writer has to wait",
    hint: "Move the slider, or use ← → Page Up, Page Down, Home and End on it. Each queue has a scale of its own.",
    empty: "Nothing was measured.", live: "live", held: "held",
    merged: (n) => `Each stands for up to ${n} samples: for the most in each queue.`,
  },
  vi: {
    play: "Chạy", pause: "Tạm dừng", time: "Thời điểm", at: (ms) => `Lúc ${ms} ms`,
    queues: { application_bytes: "Ứng dụng", transport_bytes: "Transport", kernel_bytes: "Nhân hệ điều hành" },
    marks: { high_bytes: (size) => `ngưỡng cao ${size}`, low_bytes: (size) => `ngưỡng thấp ${size}` },
    paused: "⏸ Bên ghi phải chờ.", running: "▶ Bên ghi được ghi.",
    full: (size) => `đầy thanh: ${size}`, waits: "Bên ghi phải chờ",
    hint: "Kéo thanh trượt, hoặc dùng ← → Page Up, Page Down, Home, End trên thanh. Mỗi hàng đợi có thang đo riêng.",
    empty: "Chưa đo được gì.", live: "trực tiếp", held: "đang dừng",
    merged: (n) => `Mỗi mẫu đại diện cho tối đa ${n} mẫu: lấy lượng lớn nhất ở mỗi hàng.`,
  },
};
const ICONS = { play: "M4 3l9 5-9 5z", pause: "M5 3v10M11 3v10" };
const QUEUES = ["application_bytes", "transport_bytes", "kernel_bytes"];
const MARKS = ["high_bytes", "low_bytes"];
const [WIDTH, HEIGHT, PLAY_MS] = [1000, 40, 150];
const NS = "http://www.w3.org/2000/svg";

// ---- Layout: values in, values out; Node tests these without a browser.

export const labelsOf = (lang) => LABELS[lang] ?? LABELS.en;

/** Control characters as pictures; characters that cannot be seen as one sign. */
export const visible = (text) =>
  String(text)
    .replace(/[\x00-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\x7f/g, "\u2421")
    .replace(/[\x80-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "\ufffd");

/** "1,234.5", or "1.234,5" in Vietnamese. */
export function numberText(value, lang) {
  const [whole, part] = (Math.round(value * 10) / 10).toFixed(1).split(".");
  const [comma, point] = lang === "vi" ? [".", ","] : [",", "."];
  return whole.replace(/\B(?=(\d{3})+$)/g, comma) + (part === "0" ? "" : point + part);
}

/** A size for a reader: "512 B", "1.5 KiB". */
export function bytesText(value, lang) {
  for (const [unit, size] of [["MiB", 2 ** 20], ["KiB", 2 ** 10]])
    if (value >= size) return `${numberText(value / size, lang)} ${unit}`;
  return `${value} B`;
}

const round = (value) => Math.round(value * 10) / 10;

/** A queue at one sample: its fill and its marks in percent of the bar, its course. */
export function queueOf(samples, limits, queue, selected) {
  const marks = limits[queue] ?? {};
  const most = Math.max(1, ...samples.map((sample) => sample[queue]), ...Object.values(marks));
  const percent = (value) => round((100 * value) / most);
  const value = samples[selected]?.[queue] ?? 0, high = marks.high_bytes;
  return {
    queue, most, value, percent: percent(value), above: high !== undefined && value >= high,
    marks: MARKS.filter((name) => name in marks).map((name) => ({ name, value: marks[name], percent: percent(marks[name]) })),
    course: courseOf(samples, queue, most),
  };
}

/** When a sample was taken, as a place between 0 and WIDTH. */
export function placeOf(samples, index) {
  const [start, end] = [samples[0]?.time_ms ?? 0, samples[samples.length - 1]?.time_ms ?? 0];
  return end > start ? round((WIDTH * (samples[index].time_ms - start)) / (end - start)) : 0;
}

/** The area under a queue's course. What was measured is joined by straight lines. */
function courseOf(samples, queue, most) {
  if (!samples.length) return "";
  const points = samples.map((sample, i) => `L${placeOf(samples, i)} ${round(HEIGHT * (1 - sample[queue] / most))}`);
  return `M0 ${HEIGHT}${points.join("")}V${HEIGHT}Z`;
}

/** The stretches in which the writer has to wait: start and length, in places. */
export function pausesOf(samples) {
  const found = [];
  samples.forEach(({ paused }, i) => {
    const start = placeOf(samples, i), end = placeOf(samples, Math.min(i + 1, samples.length - 1));
    if (!paused) return;
    if (samples[i - 1]?.paused) found[found.length - 1].length = round(end - found[found.length - 1].start);
    else found.push({ start, length: round(end - start) });
  });
  return found;
}

/** How many samples one of these stands for at most. */
export const mergedIn = (samples) => samples.reduce((most, { count = 1 }) => Math.max(most, count), 1);

/** The last sample that is not later than a time. */
export const sampleAt = (samples, time) => Math.max(samples.findLastIndex((sample) => sample.time_ms <= time), 0);

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
  const svg = shape("svg", "", { viewBox: "0 0 16 16" });
  svg.append(shape("path", "", { d: ICONS[icon] }));
  button.replaceChildren(svg);
  button.title = label;
  button.setAttribute("aria-label", label);
}

function drawCourse(layout, samples, selected) {
  const svg = shape("svg", "lw-course", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": true });
  svg.append(shape("path", "lw-area", { d: layout.course }));
  for (const { value, name } of layout.marks)
    svg.append(shape("path", `lw-level lw-${name}`, { d: `M0 ${round(HEIGHT * (1 - value / layout.most))}H${WIDTH}` }));
  svg.append(shape("path", "lw-now", { d: `M${placeOf(samples, selected)} 0V${HEIGHT}` }));
  return svg;
}
function drawQueue(layout, hue, samples, selected, words, lang) {
  const row = element("div", "lw-queue"), head = element("p", "lw-queue-head"), size = bytesText(layout.value, lang);
  row.dataset.hue = hue;
  head.append(element("b", "", words.queues[layout.queue]), " ", element("span", "lw-amount", size), " ", element("span", "lw-size", words.full(bytesText(layout.most, lang))));
  const bar = element("div", "lw-gauge", "", {
    role: "meter", "aria-valuemin": 0, "aria-valuemax": layout.most, "aria-valuenow": layout.value, "aria-valuetext": size,
    "aria-label": [words.queues[layout.queue], ...layout.marks.map(({ name, value }) => words.marks[name](bytesText(value, lang)))].join(", "),
  });
  const fill = bar.appendChild(element("div", "lw-fill"));
  fill.style.width = `${layout.percent}%`;
  fill.classList.toggle("lw-above", layout.above);
  // The high mark's label stands above the bar and the low one's below: they never meet.
  const labels = layout.marks.map(({ name, value, percent }) => {
    const line = bar.appendChild(element("div", `lw-water lw-${name}`));
    line.style.setProperty("--at", `${percent}%`);
    const label = element("p", `lw-water-name lw-${name}`, words.marks[name](bytesText(value, lang)));
    if (percent > 50) Object.assign(label.style, { paddingRight: `${100 - percent}%`, textAlign: "right" });
    else label.style.paddingLeft = `${percent}%`;
    return [name, label];
  });
  const label = (wanted) => labels.filter(([name]) => name === wanted).map(([, made]) => made);
  row.append(head, ...label("high_bytes"), bar, ...label("low_bytes"), drawCourse(layout, samples, selected));
  return row;
}

function render({ model, el }) {
  const stop = new AbortController();
  const listen = (target, type, run) => target.addEventListener(type, run, { signal: stop.signal });
  const [root, title, bar, scene, queues] = ["lw-face lw-buffers", "lw-title", "lw-bar", "lw-scene", "lw-queues"].map((name) => element("div", name));
  const button = element("button", "lw-button", "", { type: "button" });
  const slider = element("input", "lw-slider", "", { type: "range", min: 0, step: 1 });
  const axis = element("p", "lw-axis");
  const [when, hint, waits, waitsName] = [element("p", "lw-when"), element("p", "lw-hint"), element("div", "lw-waits"), element("p", "lw-size")];
  const [flow, note] = [element("span", "lw-flow", "", { role: "status" }), element("p", "lw-note")];
  let [words, timer, frame] = [labelsOf("en"), 0, 0];
  let taken = []; // The samples that are shown,
  let held = -1; // and which of them, where a reader holds a live picture; -1: it flows.

  const live = () => Boolean(model.get("following"));
  const samples = () => taken;
  const last = () => samples().length - 1;
  const selected = () => Math.max(Math.min(!live() ? model.get("selected") : held < 0 ? last() : held, last()), 0);

  /** Holds a live picture at a sample; without one it flows again. */
  function hold(index) {
    held = index ?? -1;
    play(false);
    held < 0 ? take() : drawSelection();
  }
  function select(index, save = true) {
    if (live()) return hold(index);
    if (index !== model.get("selected")) model.set("selected", index);
    if (save) model.save_changes();
  }
  function play(on) {
    clearInterval(timer);
    timer = on ? setInterval(step, PLAY_MS) : 0;
    const going = live() ? held < 0 : on;
    dress(button, going ? "pause" : "play", going ? words.pause : words.play);
  }
  function step() {
    select(Math.min(selected() + 1, last()));
    if (selected() === last()) play(false);
  }
  function drawSelection() {
    const lang = model.get("lang"), at = selected(), flows = live() && held < 0;
    const tells = live() ? (flows ? words.live : words.held) : "";
    if (flow.textContent !== tells) flow.textContent = tells;
    flow.classList.toggle("lw-flowing", flows);
    if (last() < 0) return;
    const { time_ms: time, paused } = samples()[at], state = paused ? words.paused : words.running;
    const said = words.at(numberText(time, lang)), layouts = QUEUES.map((queue) => queueOf(samples(), model.get("limits"), queue, at));
    slider.value = at;
    // While it flows, a screen reader is left in peace.
    if (!flows) slider.setAttribute("aria-valuetext", `${said}. ${layouts.map(({ queue, value }) => `${words.queues[queue]} ${bytesText(value, lang)}`).join("; ")}. ${state}`);
    when.replaceChildren(element("b", "", said), " ", element("span", paused ? "lw-paused" : "lw-running", state));
    queues.replaceChildren(...layouts.map((layout, hue) => drawQueue(layout, hue, samples(), at, words, lang)));
  }
  function draw() {
    words = labelsOf(model.get("lang"));
    root.lang = model.get("lang");
    title.textContent = visible(model.get("title"));
    title.hidden = !model.get("title");
    hint.textContent = last() < 0 ? words.empty : words.hint;
    when.hidden = queues.hidden = waits.hidden = axis.hidden = waitsName.hidden = slider.hidden = last() < 0;
    bar.hidden = last() < 0 && !live();
    const merged = mergedIn(samples());
    note.textContent = merged > 1 ? words.merged(numberText(merged, model.get("lang"))) : "";
    note.hidden = merged < 2;
    play(Boolean(timer) && last() > 0);
    button.disabled = last() < 1 && !live();
    slider.max = Math.max(last(), 0);
    slider.setAttribute("aria-label", words.time);
    waitsName.textContent = `⏸ ${words.waits}`;
    const ends = last() < 0 ? [] : [samples()[0], samples()[last()]];
    axis.replaceChildren(...ends.map((sample) => element("span", "", `${numberText(sample.time_ms, model.get("lang"))} ms`)));
    waits.replaceChildren(...pausesOf(samples()).map(({ start, length }) => {
      const stretch = element("div", "lw-wait");
      Object.assign(stretch.style, { left: `${(100 * start) / WIDTH}%`, width: `${(100 * length) / WIDTH}%` });
      return stretch;
    }));
    drawSelection();
  }
  /** The samples from the kernel, unless the reader holds what was. */
  function take() {
    if (live() && held >= 0) return;
    taken = model.get("samples");
    draw();
  }
  /** What changes many times a second is drawn when the next frame is. */
  function later() {
    if (!live()) return take();
    frame ||= requestAnimationFrame(() => ((frame = 0), take()));
  }
  /** It has ended, or begun: the held moment stays the chosen one. */
  function turn() {
    const time = samples()[held]?.time_ms;
    held = -1;
    take();
    if (time === undefined || live()) return;
    model.set("selected", sampleAt(samples(), time));
    model.save_changes();
  }

  listen(button, "click", () => {
    if (live()) return hold(held < 0 ? selected() : undefined);
    const starting = !timer;
    play(starting);
    if (starting) selected() === last() ? select(0) : step();
  });
  listen(slider, "input", () => {
    play(false);
    select(Number(slider.value), false);
  });
  listen(slider, "change", () => select(Number(slider.value)));

  // JupyterLab would take the arrow keys for its own cells.
  root.dataset.lmSuppressShortcuts = "true";
  bar.append(button, slider, flow);
  scene.append(when, queues, waitsName, waits, axis, note, hint);
  root.append(title, bar, scene);
  el.append(root);
  take();
  const events = ["limits", "lang", "title"].map((name) => [`change:${name}`, draw]);
  events.push(["change:samples", later], ["change:following", turn], ["change:selected", drawSelection]);
  for (const [name, run] of events) model.on(name, run);
  return () => {
    for (const [name, run] of events) model.off(name, run);
    stop.abort();
    clearInterval(timer);
    cancelAnimationFrame(frame);
    root.remove();
  };
}

export default { render };
