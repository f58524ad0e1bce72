// The message ladder in the browser: labels → layout → render → its clean-up.
// It is loaded from a blob URL, so it imports nothing. Received text is only ever
// set as textContent.

const LABELS = {
  en: {
    first: "First message", previous: "Previous message", play: "Play", pause: "Pause",
    next: "Next message", last: "Last message", messages: "Messages",
    bytes: "Bytes of the message", heads: ["Field", "Value", "Bytes", "Source"],
    hint: "Choose a message to see its bytes: click it, or use ↑ ↓ Home End.",
    empty: "No messages yet.", none: "This message has no bytes of its own.",
    error: "Could not be read:", size: (n) => `${n} byte${n === 1 ? "" : "s"}`,
    more: (n) => `… ${n} more bytes`,
  },
  vi: {
    first: "Thông điệp đầu", previous: "Thông điệp trước", play: "Chạy", pause: "Tạm dừng",
    next: "Thông điệp sau", last: "Thông điệp cuối", messages: "Các thông điệp",
    bytes: "Các byte của thông điệp", heads: ["Trường", "Giá trị", "Byte", "Nguồn"],
    hint: "Chọn một thông điệp để xem từng byte: bấm chuột, hoặc dùng ↑ ↓ Home End.",
    empty: "Chưa có thông điệp nào.", none: "Thông điệp này không mang byte nào.",
    error: "Không đọc được:", size: (n) => `${n} byte`,
    more: (n) => `… còn ${n} byte nữa`,
  },
};
const ICONS = {
  first: "M4 3v10M13 3 6 8l7 5z", previous: "M11 3 4 8l7 5z", play: "M4 3l9 5-9 5z",
  pause: "M5 3v10M11 3v10", next: "M5 3l7 5-7 5z", last: "M12 3v10M3 3l7 5-7 5z",
};
const BUTTON_KEYS = { first: "Home", previous: "ArrowUp", play: "", next: "ArrowDown", last: "End" };
const PLAY_MS = 1500;

// ---- Layout: values in, values out; Node tests these without a browser.

export const labelsOf = (lang) => LABELS[lang] ?? LABELS.en;

/** Control characters as pictures; characters that cannot be seen as one sign. */
export const visible = (text) =>
  String(text)
    .replace(/[\x00-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\x7f/g, "\u2421")
    .replace(/[\x80-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "\ufffd");

/** Where `count` columns stand, in percent of the width. */
export function columnPositions(count) {
  const edge = count < 3 ? 17 : 50 / count;
  const step = count > 1 ? (100 - 2 * edge) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => (count > 1 ? edge + i * step : 50));
}

/** A message's arrow, and the box of its words: centred on it, wider where it is short. */
export function arrowOf(columns, message, leastWords = 66) {
  const at = columnPositions(columns.length);
  const place = (id) => at[Math.max(0, columns.findIndex((c) => c.id === id))];
  const [from, to] = [place(message.sender), place(message.receiver)];
  const [left, width, centre] = [Math.min(from, to), Math.abs(to - from), (from + to) / 2];
  const words = Math.max(width, Math.min(leastWords, 2 * centre, 2 * (100 - centre)));
  return { left, width, toRight: to > from, words, wordsLeft: centre - words / 2 };
}

/** The rows of a dump: offset, and for each byte its index, hex and character. */
export function dumpRows(hex, perRow) {
  const bytes = hex.match(/../g) ?? [];
  const cells = bytes.map((pair, index) => {
    const code = parseInt(pair, 16);
    return { index, pair, char: code < 0x80 ? visible(String.fromCharCode(code)) : "·" };
  });
  return Array.from({ length: Math.ceil(cells.length / perRow) }, (_, row) => ({
    offset: (row * perRow).toString(16).padStart(4, "0"),
    cells: cells.slice(row * perRow, (row + 1) * perRow),
  }));
}

/** The fields that hold the byte at `index`, as indices. */
export const fieldsAt = (fields, index) =>
  fields.flatMap((f, i) => (f.start <= index && index < f.end ? [i] : []));

/** The field a click on a byte chooses: the next of those that hold it, then none. */
export function nextField(fields, index, current) {
  const holding = fieldsAt(fields, index);
  return holding[holding.indexOf(current) + 1] ?? -1;
}

/** Where a key leads from message `selected` of `count`; null when it is not ours. */
export function afterKey(key, selected, count) {
  const last = count - 1;
  const leads = {
    ArrowDown: Math.min(selected + 1, last), ArrowUp: Math.max(selected - 1, 0),
    Home: 0, End: last, Escape: -1,
  };
  return count && Object.hasOwn(leads, key) ? leads[key] : null;
}

export const timeText = (ms, lang) =>
  ms == null ? "" : `${String(Math.round(ms * 10) / 10).replace(".", lang === "vi" ? "," : ".")} ms`;

export const rangeText = ({ start, end }) =>
  end - start > 1 ? `${start}–${end - 1}` : `${start}`;

// ---- Render

function element(name, className, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = visible(text);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function dress(button, icon, label) {
  const [svg, path] = ["svg", "path"].map((n) => document.createElementNS("http://www.w3.org/2000/svg", n));
  svg.setAttribute("viewBox", "0 0 16 16");
  path.setAttribute("d", ICONS[icon]);
  svg.append(path);
  button.replaceChildren(svg);
  button.title = label;
  button.setAttribute("aria-label", label);
}

/** Scrolls `box` alone; scrollIntoView would move the page as well. */
function reveal(box, { offsetTop: top, offsetHeight: height }) {
  box.scrollTop = Math.max(Math.min(box.scrollTop, top), top + height - box.clientHeight);
}

const endOf = (id) => (id === "server" ? "server" : "client");

function drawColumns(columns) {
  return columnPositions(columns.length).map((at, i) => {
    const name = element("span", "lw-column", columns[i].label);
    name.dataset.sender = endOf(columns[i].id);
    Object.assign(name.style, { left: `${at}%`, maxWidth: `calc(${100 / Math.max(columns.length, 2)}% - 4px)` });
    return name;
  });
}

function drawRow(columns, message, lang) {
  const arrow = arrowOf(columns, message);
  const [time, sign] = [timeText(message.time_ms, lang), message.error ? "⚠ " : ""];
  const [from, to] = [message.sender, message.receiver].map((id) => columns.find((c) => c.id === id)?.label ?? id);
  const row = element("div", "lw-row", "", {
    role: "option",
    "aria-label": visible(`${message.step}. ${from} → ${to}: ${sign}${message.summary} ${time}`.trim()),
  });
  Object.assign(row.dataset, { sender: endOf(message.sender), kind: message.error ? "error" : message.kind });
  const [gutter, lanes, words] = ["lw-gutter", "lw-lanes", "lw-words"].map((name) => element("div", name));
  const shaft = element("div", `lw-arrow ${arrow.toRight ? "lw-right" : "lw-left"}`);
  gutter.append(element("b", "", message.step), element("span", "lw-time", time));
  words.append(element("span", "", sign + message.summary));
  Object.assign(words.style, { marginLeft: `${arrow.wordsLeft}%`, width: `${arrow.words}%` });
  Object.assign(shaft.style, { marginLeft: `${arrow.left}%`, width: `${arrow.width}%` });
  for (const at of columnPositions(columns.length)) lanes.append(element("div", "lw-line", "", { style: `left:${at}%` }));
  lanes.append(words, shaft);
  row.append(gutter, lanes);
  return row;
}

function fillDump(dump, message, perRow, rest) {
  const part = (name, cells, key) => {
    const box = element("span", name);
    for (const cell of cells) {
      const span = box.appendChild(element("span", "lw-byte", cell[key]));
      const [holding] = fieldsAt(message.fields, cell.index);
      span.dataset.index = cell.index;
      if (holding !== undefined) span.dataset.hue = holding % 6;
    }
    return box;
  };
  dump.classList.toggle("lw-wide", perRow === 16);
  dump.replaceChildren(...dumpRows(message.hex, perRow).map(({ offset, cells }) => {
    const line = element("div", "lw-dump-row");
    line.append(element("span", "lw-offset", offset), part("lw-hex", cells, "pair"), part("lw-text", cells, "char"));
    return line;
  }), element("div", "lw-more", rest));
}

function drawFields(fields, heads) {
  const table = element("table", "lw-fields");
  const head = table.createTHead().insertRow();
  head.append(...heads.map((text) => element("th", "", text, { scope: "col" })));
  const body = table.createTBody();
  fields.forEach((field, index) => {
    const button = element("button", "lw-field", field.name, { type: "button" });
    Object.assign(button.dataset, { field: index, hue: index % 6 });
    const name = element("td", "lw-name");
    name.append(button);
    body.insertRow().append(name, element("td", "lw-value", field.value),
      element("td", "lw-range", rangeText(field)), element("td", "lw-source", field.source));
  });
  return table;
}

function render({ model, el }) {
  const stop = new AbortController();
  const listen = (target, type, run) => target.addEventListener(type, run, { signal: stop.signal });
  const [root, title, bar, parts, diagram, names] = ["lw-face lw-ladder", "lw-title", "lw-bar", "lw-parts", "lw-diagram", "lw-columns"].map((name) => element("div", name));
  const list = element("div", "lw-rows", "", { role: "listbox" });
  const [detail, count, buttons] = [element("div", "lw-detail"), element("span", "lw-count"), {}];
  const dump = element("div", "lw-dump", "", { role: "group", tabindex: 0 });
  let [words, chosen, timer, perRow] = [labelsOf("en"), -1, 0, 16];
  const messages = () => model.get("messages");
  const last = () => messages().length - 1;
  const selected = () => Math.min(model.get("selected"), last());

  function select(index) {
    if (index === selected()) return;
    model.set("selected", index);
    model.save_changes();
  }
  function play(on) {
    clearInterval(timer);
    timer = on ? setInterval(step, PLAY_MS) : 0;
    dress(buttons.play, on ? "pause" : "play", on ? words.pause : words.play);
  }
  function step() {
    select(Math.min(selected() + 1, last()));
    if (selected() === last()) play(false);
  }
  function press(name) {
    const starting = name === "play" && !timer;
    play(starting);
    if (name !== "play") select(afterKey(BUTTON_KEYS[name], selected(), messages().length));
    else if (starting) selected() === last() ? select(0) : step();
  }
  function choose(index) {
    chosen = index;
    const { start, end } = messages()[selected()]?.fields[index] ?? {};
    for (const { dataset, classList } of dump.querySelectorAll(".lw-byte"))
      classList.toggle("lw-chosen", start <= dataset.index && dataset.index < end);
    for (const button of detail.querySelectorAll(".lw-field"))
      button.setAttribute("aria-pressed", Number(button.dataset.field) === index);
    const marked = dump.querySelectorAll(".lw-hex .lw-chosen");
    for (const byte of [marked[marked.length - 1], marked[0]]) if (byte) reveal(dump, byte);
  }
  function drawDump() {
    const message = messages()[selected()];
    const rest = message.size - message.hex.length / 2;
    fillDump(dump, message, perRow, rest > 0 ? words.more(rest) : "");
    choose(chosen);
  }
  function drawDetail() {
    const message = messages()[selected()];
    chosen = -1;
    if (!message) return detail.replaceChildren(element("p", "lw-hint", last() < 0 ? words.empty : words.hint));
    const head = element("p", "lw-heading", "", { role: "status" });
    head.append(element("b", "", `${message.step}. ${message.summary}`), " ");
    detail.replaceChildren(head);
    if (message.error) detail.append(element("p", "lw-error", `⚠ ${words.error} ${message.error}`));
    if (!message.hex) return detail.append(element("p", "lw-hint", words.none));
    head.append(element("span", "lw-size", words.size(message.size)));
    detail.append(dump);
    if (message.fields.length) detail.append(drawFields(message.fields, words.heads));
    drawDump();
  }
  function drawSelection() {
    const at = selected();
    [...list.children].forEach((row, i) => {
      row.setAttribute("aria-selected", i === at);
      row.tabIndex = i === Math.max(at, 0) ? 0 : -1;
    });
    if (at >= 0) reveal(list, list.children[at]);
    buttons.first.disabled = buttons.previous.disabled = at <= 0;
    buttons.last.disabled = buttons.next.disabled = at === last();
    buttons.play.disabled = last() < 1;
    count.textContent = last() < 0 ? "" : `${at < 0 ? "–" : at + 1} / ${last() + 1}`;
    drawDetail();
  }
  function draw() {
    const [columns, lang, hadFocus] = [model.get("columns"), model.get("lang"), list.contains(document.activeElement)];
    words = labelsOf(lang);
    root.lang = lang;
    title.textContent = visible(model.get("title"));
    title.hidden = !model.get("title");
    for (const name in buttons) dress(buttons[name], name, words[name]);
    play(Boolean(timer));
    list.setAttribute("aria-label", model.get("title") || words.messages);
    dump.setAttribute("aria-label", words.bytes);
    names.classList.toggle("lw-many", columns.length > 3);
    names.replaceChildren(...drawColumns(columns));
    list.replaceChildren(...messages().map((message) => drawRow(columns, message, lang)));
    list.hidden = last() < 0;
    drawSelection();
    if (hadFocus) list.children[Math.max(selected(), 0)]?.focus();
  }

  for (const name in BUTTON_KEYS) {
    buttons[name] = bar.appendChild(element("button", "lw-button", "", { type: "button" }));
    listen(buttons[name], "click", () => press(name));
  }
  listen(list, "keydown", (event) => {
    const target = afterKey(event.key, selected(), messages().length);
    if (target === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    play(false);
    select(target);
    list.children[Math.max(target, 0)].focus();
  });
  listen(list, "click", ({ target }) => {
    const row = target.closest(".lw-row");
    if (!row) return;
    play(false);
    select([...list.children].indexOf(row));
    row.focus({ preventScroll: true });
  });
  listen(detail, "click", ({ target }) => {
    const [byte, button] = [target.closest(".lw-byte"), target.closest(".lw-field")];
    if (byte) choose(nextField(messages()[selected()].fields, Number(byte.dataset.index), chosen));
    if (button) choose(Number(button.dataset.field) === chosen ? -1 : Number(button.dataset.field));
  });
  const sizes = new ResizeObserver(([{ contentRect }]) => {
    const fits = contentRect.width >= 39 * parseFloat(getComputedStyle(detail).fontSize) ? 16 : 8;
    if (fits === perRow) return;
    perRow = fits;
    if (dump.isConnected) drawDump();
  });

  // JupyterLab would take the arrow keys for its own cells.
  root.dataset.lmSuppressShortcuts = "true";
  names.setAttribute("aria-hidden", "true");
  bar.append(count);
  diagram.append(names, list);
  parts.append(diagram, detail);
  root.append(title, bar, parts);
  el.append(root);
  draw();
  sizes.observe(detail);
  const events = ["messages", "columns", "lang", "title"].map((name) => [`change:${name}`, draw]);
  events.push(["change:selected", drawSelection]);
  for (const [name, run] of events) model.on(name, run);
  return () => {
    for (const [name, run] of events) model.off(name, run);
    stop.abort();
    sizes.disconnect();
    clearInterval(timer);
    root.remove();
  };
}

export default { render };
