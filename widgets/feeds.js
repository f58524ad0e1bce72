// The feeds in the browser: labels → layout → render → its clean-up.
// It is loaded from a blob URL, so it imports nothing. Received text is only ever
// set as textContent.

const LABELS = {
  en: {
    name: "Transport",
    settings: { mean_s: "A change every", rtt_ms: "Round trip", clients: "Clients" },
    values: { mean_s: (n) => `${n}\u00a0s`, rtt_ms: (n) => `${n}\u00a0ms`, clients: (n) => n },
    heads: {
      mean_ms: "Mean latency, ms", worst_ms: "Worst latency, ms", shown_percent: "Changes shown, %",
      requests_each: "Requests per change", bytes_each: "Bytes per change",
      requests_per_s: "All clients: requests/s", kilobytes_per_s: "All clients: kB/s",
    },
    hint: "Move a slider, or use ← → Home and End on it. Latency: until a change, or a later one, is on the screen. Per change: of those that reached a screen. A bar is a part of the greatest value in its column.",
  },
  vi: {
    name: "Cách truyền",
    settings: { mean_s: "Trung bình đổi giá mỗi", rtt_ms: "Lượt đi về", clients: "Số máy khách" },
    values: { mean_s: (n) => `${n}\u00a0s`, rtt_ms: (n) => `${n}\u00a0ms`, clients: (n) => n },
    heads: {
      mean_ms: "Độ trễ trung bình (ms)", worst_ms: "Độ trễ lớn nhất (ms)", shown_percent: "Lần đổi giá được thấy (%)",
      requests_each: "Yêu cầu mỗi lần đổi", bytes_each: "Byte mỗi lần đổi",
      requests_per_s: "Mọi máy khách: yêu cầu/s", kilobytes_per_s: "Mọi máy khách: kB/s",
    },
    hint: "Kéo một thanh trượt, hoặc dùng ← → Home, End trên thanh. Độ trễ: cho tới khi lần đổi ấy, hoặc một lần sau nó, lên màn hình. Mỗi lần đổi: chỉ tính những lần lên tới màn hình. Vạch ngang là phần so với giá trị lớn nhất trong cột.",
  },
};
const SETTINGS = ["mean_s", "rtt_ms", "clients"];
const COLUMNS = ["mean_ms", "worst_ms", "shown_percent", "requests_each", "bytes_each", "requests_per_s", "kilobytes_per_s"];

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
  const [whole, part] = (Math.floor(value * 10 + 0.5) / 10).toFixed(1).split(".");
  const [comma, point] = lang === "vi" ? [".", ","] : [",", "."];
  return whole.replace(/\B(?=(\d{3})+$)/g, comma) + (part === "0" ? "" : point + part);
}

/** A cost for a reader: two decimals below 1, one below 100, none above. */
export function costText(value, lang) {
  if (value >= 100) return numberText(Math.floor(value + 0.5), lang);
  if (value >= 1) return numberText(value, lang);
  const text = (Math.floor(value * 100 + 0.5) / 100).toFixed(2);
  return lang === "vi" ? text.replace(".", ",") : text;
}

/** The values that a setting takes in a grid, in rising order. */
export const choicesOf = (points, name) => [...new Set(points.map((point) => point[name]))].sort((a, b) => a - b);

/** The point of the grid with these settings. */
export const pointOf = (points, setting) => points.find((point) => SETTINGS.every((name) => point[name] === setting[name]));

/** Figures of a lane as a reader compares them; `costs` in feeds.py says how. */
export function costsOf({ changes, clients, shown, seconds, requests, bytes, mean_ms, worst_ms }) {
  return {
    mean_ms, worst_ms, shown_percent: (100 * shown) / (changes * clients), requests_each: requests / shown,
    bytes_each: bytes / shown, requests_per_s: requests / seconds, kilobytes_per_s: bytes / seconds / 1000,
  };
}

/** For each lane its name and its cells: text, and percent of the column's greatest. */
export function rowsOf(point, lang) {
  const lanes = Object.entries(point.lanes).map(([name, figures]) => [name, costsOf(figures)]);
  const most = Object.fromEntries(COLUMNS.map((column) => [column, Math.max(...lanes.map(([, costs]) => costs[column]))]));
  return lanes.map(([name, costs]) => ({
    name, cells: COLUMNS.map((column) => ({
      column, text: costText(costs[column], lang), percent: most[column] ? Math.round((1000 * costs[column]) / most[column]) / 10 : 0,
    })),
  }));
}

// ---- Render

function element(name, className, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = visible(text);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
function drawRow({ name, cells }, hue, words) {
  const row = element("tr", "");
  row.dataset.hue = hue % 6;
  const head = row.appendChild(element("th", "lw-name", "", { scope: "row" }));
  head.append(element("span", "lw-lane-name", name));
  row.append(...cells.map(({ column, text, percent }) => {
    const cell = element("td", "lw-cost");
    const number = element("span", "lw-number", text);
    number.dataset.head = words.heads[column];
    const bar = element("span", "lw-share", "", { "aria-hidden": true });
    bar.appendChild(element("span", "lw-part")).style.width = `${percent}%`;
    cell.append(number, bar);
    return cell;
  }));
  return row;
}

function render({ model, el }) {
  const stop = new AbortController();
  const [root, title, dials, parts, detail] = ["lw-face lw-feeds", "lw-title", "lw-dials", "lw-parts", "lw-detail"].map((name) => element("div", name));
  const [table, head, body] = [element("table", "lw-fields"), element("thead", ""), element("tbody", "")];
  const [hint, status] = [element("p", "lw-hint"), element("p", "lw-aside", "", { role: "status" })];
  const turns = SETTINGS.map((name) => {
    const dial = element("label", "lw-dial"), words = dial.appendChild(element("span", "lw-dial-name")), value = element("span", "lw-dial-value");
    const slider = element("input", "lw-slider", "", { type: "range", min: 0, step: 1 });
    dial.append(value, slider);
    slider.addEventListener("input", () => {
      model.set(name, choicesOf(model.get("points"), name)[Number(slider.value)]);
      model.save_changes();
      tell();
    }, { signal: stop.signal });
    return { name, dial, words, value, slider };
  });

  const setting = () => Object.fromEntries(SETTINGS.map((name) => [name, model.get(name)]));
  const said = (name) => labelsOf(model.get("lang")).values[name](numberText(model.get(name), model.get("lang")));
  const rows = () => rowsOf(pointOf(model.get("points"), setting()), model.get("lang"));
  /** A screen reader hears what has changed: each lane's mean latency and bytes. */
  function tell() {
    const words = labelsOf(model.get("lang"));
    status.textContent = visible(rows().map(({ name, cells }) => `${name}: ${words.heads.mean_ms} ${cells[0].text}; ${words.heads.bytes_each} ${cells[4].text}`).join(". "));
  }
  function draw() {
    const lang = model.get("lang"), words = labelsOf(lang);
    root.lang = lang;
    title.textContent = visible(model.get("title"));
    title.hidden = !model.get("title");
    hint.textContent = words.hint;
    for (const { name, words: label, value, slider } of turns) {
      const known = choicesOf(model.get("points"), name);
      label.textContent = words.settings[name];
      value.textContent = said(name);
      slider.max = known.length - 1;
      slider.value = known.indexOf(model.get(name));
      slider.disabled = known.length < 2;
      slider.setAttribute("aria-label", words.settings[name]);
      slider.setAttribute("aria-valuetext", said(name));
    }
    const top = element("tr", "");
    top.append(...[words.name, ...COLUMNS.map((column) => words.heads[column])].map((text) => element("th", "lw-head", text, { scope: "col" })));
    head.replaceChildren(top);
    body.replaceChildren(...rows().map((row, hue) => drawRow(row, hue, words)));
  }

  // JupyterLab would take the arrow keys for its own cells.
  root.dataset.lmSuppressShortcuts = "true";
  dials.append(...turns.map(({ dial }) => dial));
  table.append(head, body);
  detail.append(table, hint, status);
  parts.append(detail);
  root.append(title, dials, parts);
  el.append(root);
  draw();
  const events = ["lang", "title", "points", ...SETTINGS].map((name) => [`change:${name}`, draw]);
  for (const [name, run] of events) model.on(name, run);
  return () => {
    for (const [name, run] of events) model.off(name, run);
    stop.abort();
    root.remove();
  };
}

export default { render };
