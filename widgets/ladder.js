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
    seek: "Go to message", all: "all", filters: { connection: "Connection", kind: "Kind" },
    found: (k, n) => `${k.toLocaleString("en")} of ${n.toLocaleString("en")} shown`,
    earlier: (n) => `${n.toLocaleString("en")} earlier messages are not kept.`,
    live: "live", held: "held", fresh: (n) => `${n.toLocaleString("en")} new`,
  },
  vi: {
    first: "Thông điệp đầu", previous: "Thông điệp trước", play: "Chạy", pause: "Tạm dừng",
    next: "Thông điệp sau", last: "Thông điệp cuối", messages: "Các thông điệp",
    bytes: "Các byte của thông điệp", heads: ["Trường", "Giá trị", "Byte", "Nguồn"],
    hint: "Chọn một thông điệp để xem từng byte: bấm chuột, hoặc dùng ↑ ↓ Home End.",
    empty: "Chưa có thông điệp nào.", none: "Thông điệp này không mang byte nào.",
    error: "Không đọc được:", size: (n) => `${n} byte`,
    more: (n) => `… còn ${n} byte nữa`,
    seek: "Đi đến thông điệp", all: "tất cả", filters: { connection: "Kết nối", kind: "Loại" },
    found: (k, n) => `hiện ${k.toLocaleString("vi")} trên ${n.toLocaleString("vi")}`,
    earlier: (n) => `${n.toLocaleString("vi")} thông điệp trước đó không được giữ lại.`,
    live: "trực tiếp", held: "đang dừng", fresh: (n) => `${n.toLocaleString("vi")} mới`,
  },
};
const ICONS = {
  first: "M4 3v10M13 3 6 8l7 5z", previous: "M11 3 4 8l7 5z", play: "M4 3l9 5-9 5z",
  pause: "M5 3v10M11 3v10", next: "M5 3l7 5-7 5z", last: "M12 3v10M3 3l7 5-7 5z",
};
const BUTTON_KEYS = { first: "Home", previous: "ArrowUp", play: "", next: "ArrowDown", last: "End" };
const PLAY_MS = 1500;
const FEW = 200; // So many rows stand in the page whole; of more, those in view.
const PAGE = 10;

// ---- Layout: values in, values out; Node tests these without a browser.

export const labelsOf = (lang) => LABELS[lang] ?? LABELS.en;

/** Control characters as pictures; characters that cannot be seen as one sign. */
export const visible = (text) =>
  String(text)
    .replace(/[\x00-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\x7f/g, "\u2421")
    .replace(/[\x80-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "\ufffd");

/** Messages as objects, whether they came so or packed (rows.py). */
export function unpack(messages) {
  if (Array.isArray(messages)) return messages;
  const { words, rows } = messages;
  const unpackField = ([name, value, start, end, source]) => ({ name: words[name], value, start, end, source: words[source] });
  return rows.map(([step, time_ms, connection, sender, receiver, kind, summary, hex, size, fields, error]) => ({
    step, time_ms, connection, sender: words[sender], receiver: words[receiver], kind: words[kind],
    summary, hex, size, fields: fields.map(unpackField), error,
  }));
}

/** `list` with `more` behind it, without its oldest where they are more than `keep`.
 * Where messages between the two were too many to be sent, `more` alone: no gap is shown. */
export function keepLast(list, more, keep) {
  const follows = !list.length || !more.length || list[list.length - 1].step + 1 === more[0].step;
  return (follows ? list.concat(more) : more).slice(-keep);
}

/** The messages that pass a filter such as {connection: "", kind: "ping"}. */
export function passing(messages, filter) {
  const set = Object.entries(filter).filter(([, wanted]) => wanted !== "");
  return set.length ? messages.filter((m) => set.every(([key, wanted]) => String(m[key]) === wanted)) : messages;
}

/** What a filter can be set to: the values that occur, and the one it is set to. */
export function choices(messages, key, wanted = "") {
  const values = new Set();
  for (const message of messages) values.add(message[key]);
  return [...new Set([...values, ...(wanted ? [wanted] : [])].map(String))].sort((a, b) => a - b || (a < b ? -1 : 1));
}

/** Which of `count` rows to draw: those in view, and a few on either side. */
export function inView(scrollTop, height, rowHeight, count, spare = 6) {
  const from = Math.floor(scrollTop / rowHeight) - spare;
  const to = Math.ceil((scrollTop + height) / rowHeight) + spare;
  return [Math.max(0, Math.min(from, count)), Math.max(0, Math.min(to, count))];
}

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
    PageDown: Math.min(selected + PAGE, last), PageUp: Math.max(selected - PAGE, 0),
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
function reveal(box, top, height) {
  box.scrollTop = Math.max(Math.min(box.scrollTop, top), top + height - box.clientHeight);
}

const roleOf = (id) => /^(server|broker)(-\d+)?$/.exec(id)?.[1] ?? "client";

function drawColumns(columns) {
  return columnPositions(columns.length).map((at, i) => {
    const name = element("span", "lw-column", columns[i].label);
    name.dataset.sender = roleOf(columns[i].id);
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
  Object.assign(row.dataset, { sender: roleOf(message.sender), kind: message.error ? "error" : message.kind });
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

/** The rows of a list, however many: `show` gives it messages, `mark` selects one. */
function rowsIn(list, draw) {
  const drawn = new Map(); // message → row
  let [items, active, height, frame] = [[], -1, 0, 0];
  const many = () => items.length > FEW;

  function place() {
    cancelAnimationFrame(frame);
    frame = 0;
    height ||= drawn.values().next().value?.offsetHeight || 52;
    const [from, to] = many() ? inView(list.scrollTop, list.clientHeight, height, items.length) : [0, items.length];
    const wanted = Array.from({ length: to - from }, (_, i) => from + i);
    // Where Tab leads has to be there, in view or not.
    const stop = Math.max(active, 0);
    if (stop < from) wanted.unshift(stop);
    else if (stop >= to && stop < items.length) wanted.push(stop);
    const keep = new Set(wanted.map((i) => items[i]));
    for (const [message, row] of drawn) if (!keep.has(message)) drawn.delete(message), row.remove();
    let next = null;
    for (const i of wanted.reverse()) {
      let row = drawn.get(items[i]);
      if (!row) drawn.set(items[i], (row = draw(items[i])));
      if (row.nextSibling !== next || !row.parentNode) list.insertBefore(row, next);
      next = row;
      row.style.top = many() ? `${i * height}px` : "";
      row.tabIndex = i === stop ? 0 : -1;
      row.setAttribute("aria-selected", i === active);
      row.setAttribute("aria-posinset", i + 1);
      row.setAttribute("aria-setsize", items.length);
    }
  }
  return {
    place,
    forget: () => drawn.clear(),
    /** Draws again when the next frame is drawn: after a scroll. */
    later: () => (frame ||= requestAnimationFrame(place)),
    resized: () => ((height = 0), many() && place()),
    stop: () => cancelAnimationFrame(frame),
    at: (row) => items.findIndex((message) => drawn.get(message) === row),
    focus: (index) => drawn.get(items[Math.max(index, 0)])?.focus({ preventScroll: true }),
    show(messages, index, toEnd = false) {
      [items, active] = [messages, index];
      list.classList.toggle("lw-virtual", many());
      place();
      list.style.setProperty("--space", many() ? `${items.length * height}px` : "");
      if (!toEnd) return;
      list.scrollTop = list.scrollHeight;
      place();
    },
    mark(index) {
      active = index;
      const row = many() ? { offsetTop: index * height, offsetHeight: height } : drawn.get(items[index]);
      if (row && index >= 0) reveal(list, row.offsetTop, row.offsetHeight);
      place();
    },
  };
}

/** The bytes and fields of one message: `show` opens it, `label` changes the language. */
function detailIn(detail, listen) {
  const dump = element("div", "lw-dump", "", { role: "group", tabindex: 0 });
  let [message, words, wasEmpty, chosen, perRow] = [undefined, null, false, -1, 16];

  function choose(index) {
    chosen = index;
    const { start, end } = message?.fields[index] ?? {};
    for (const { dataset, classList } of dump.querySelectorAll(".lw-byte"))
      classList.toggle("lw-chosen", start <= dataset.index && dataset.index < end);
    for (const button of detail.querySelectorAll(".lw-field"))
      button.setAttribute("aria-pressed", Number(button.dataset.field) === index);
    const marked = dump.querySelectorAll(".lw-hex .lw-chosen");
    for (const byte of [marked[marked.length - 1], marked[0]]) if (byte) reveal(dump, byte.offsetTop, byte.offsetHeight);
  }
  function drawDump() {
    const rest = message.size - message.hex.length / 2;
    fillDump(dump, message, perRow, rest > 0 ? words.more(rest) : "");
    choose(chosen);
  }
  function show(opened, newWords, empty) {
    // A live ladder asks at every frame.
    if (opened === message && newWords === words && empty === wasEmpty) return;
    [message, words, wasEmpty, chosen] = [opened, newWords, empty, -1];
    dump.setAttribute("aria-label", words.bytes);
    if (!message) return detail.replaceChildren(element("p", "lw-hint", empty ? words.empty : words.hint));
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
  listen(detail, "click", ({ target }) => {
    const [byte, button] = [target.closest(".lw-byte"), target.closest(".lw-field")];
    if (byte) choose(nextField(message.fields, Number(byte.dataset.index), chosen));
    if (button) choose(Number(button.dataset.field) === chosen ? -1 : Number(button.dataset.field));
  });
  function resized(width) {
    const fits = width >= 39 * parseFloat(getComputedStyle(detail).fontSize) ? 16 : 8;
    if (fits === perRow) return;
    perRow = fits;
    if (dump.isConnected) drawDump();
  }
  return { show, resized };
}

/** One filter: a label around a choice; hidden where there is nothing to choose. */
function filterIn(bar, listen, changed) {
  const label = bar.appendChild(element("label", "lw-filter"));
  const [name, select] = [label.appendChild(element("span", "")), label.appendChild(element("select", ""))];
  listen(select, "change", changed);
  return {
    value: () => select.value,
    offer(values, word, all) {
      name.textContent = word;
      const options = ["", ...values];
      label.hidden = values.length < 2;
      const shown = [...select.options].map((o) => o.value);
      // An open list must not change under the reader's hand.
      if (String(shown) === String(options) && select.options[0]?.text === all) return;
      if (shown.length && document.activeElement === select) return;
      const wanted = select.value;
      select.replaceChildren(...options.map((value) => element("option", "", value || all, { value })));
      select.value = wanted;
    },
  };
}

function render({ model, el }) {
  const stop = new AbortController();
  const listen = (target, type, run) => target.addEventListener(type, run, { signal: stop.signal });
  const [root, title, bar, filterBar, parts, diagram, names, detail] = ["lw-face lw-ladder", "lw-title", "lw-bar", "lw-filters", "lw-parts", "lw-diagram", "lw-columns", "lw-detail"].map((name) => element("div", name));
  const list = element("div", "lw-rows", "", { role: "listbox" });
  const note = element("p", "lw-note");
  const [count, fresh, state, found] = ["lw-count", "lw-fresh", "lw-flow", "lw-found"].map((name) => element("span", name));
  const [buttons, seek] = [{}, element("input", "lw-seek", "", { type: "range", min: 0 })];
  const bytes = detailIn(detail, listen);
  const rows = rowsIn(list, (message) => drawRow(model.get("columns"), message, model.get("lang")));
  let [words, timer, frame] = [labelsOf("en"), 0, 0];
  let all = []; // Every message that the page holds,
  let shown = []; // those of them that pass the filters,
  let open = null; // and the one whose bytes are seen.
  let waiting = null; // What came while the reader holds a live ladder; null: it flows.
  let keep = Infinity;
  const live = () => Boolean(model.get("following"));
  const at = () => shown.indexOf(open);
  const last = () => shown.length - 1;

  function select(message) {
    if (message === open) return;
    if (live()) {
      // The indices are the kernel's again when the trace has ended.
      open = message;
      if (open) hold(true);
      return drawSelection();
    }
    model.set("selected", all.indexOf(message));
    model.save_changes();
  }
  const go = (index) => select(shown[index] ?? null);

  function play(on) {
    clearInterval(timer);
    timer = on ? setInterval(step, PLAY_MS) : 0;
    const going = live() ? !waiting : on;
    dress(buttons.play, going ? "pause" : "play", going ? words.pause : words.play);
  }
  function step() {
    go(Math.min(at() + 1, last()));
    if (at() === last()) play(false);
  }
  /** Holds a live ladder still, or lets it flow again with all that waited. */
  function hold(on) {
    if (on === Boolean(waiting)) return;
    if (!on) [all, open] = [keepLast(all, waiting, keep), null];
    waiting = on ? [] : null;
    play(false);
    on ? drawState() : drawMessages(true);
  }
  function press(name) {
    if (name === "play" && live()) return hold(!waiting);
    const starting = name === "play" && !timer;
    play(starting);
    if (name !== "play") go(afterKey(BUTTON_KEYS[name], at(), shown.length));
    else if (starting) at() === last() ? go(0) : step();
  }
  function drawState() {
    const tells = live() ? (waiting ? words.held : words.live) : "";
    if (state.textContent !== tells) state.textContent = tells;
    state.classList.toggle("lw-flowing", tells === words.live);
    const missed = waiting?.length ? waiting[waiting.length - 1].step - (all.length ? all[all.length - 1].step : 0) : 0;
    fresh.textContent = missed ? words.fresh(missed) : "";
  }
  function drawSelection() {
    const index = at();
    rows.mark(index);
    buttons.first.disabled = buttons.previous.disabled = index <= 0;
    buttons.last.disabled = buttons.next.disabled = index === last();
    buttons.play.disabled = last() < 1 && !live();
    const place = index < 0 ? "–" : index + 1;
    count.textContent = last() < 0 ? "" : `${place} / ${last() + 1}`;
    seek.value = index + 1;
    seek.setAttribute("aria-valuetext", visible(open ? `${place} / ${last() + 1}: ${open.summary}` : "–"));
    bytes.show(open, words, !all.length);
  }
  /** The messages anew, after more of them or another filter. */
  function drawMessages(toEnd) {
    const filter = {};
    for (const key in filters) {
      filters[key].offer(choices(all, key, filters[key].value()), words.filters[key], words.all);
      filter[key] = filters[key].value();
    }
    shown = passing(all, filter);
    const told = shown.length < all.length ? words.found(shown.length, all.length) : "";
    if (found.textContent !== told) found.textContent = told;
    found.setAttribute("aria-live", live() ? "off" : "polite");
    filterBar.hidden = [...filterBar.querySelectorAll("label")].every((label) => label.hidden);
    const before = all.length ? all[0].step - 1 : 0;
    note.textContent = before > 0 ? words.earlier(before) : "";
    note.hidden = !note.textContent;
    seek.max = shown.length;
    seek.disabled = list.hidden = last() < 0;
    rows.show(shown, at(), toEnd);
    drawState();
    if (open && at() < 0) select(null);
    else if (!toEnd || !open) drawSelection();
  }
  function draw() {
    const [columns, lang, hadFocus] = [model.get("columns"), model.get("lang"), list.contains(document.activeElement)];
    words = labelsOf(lang);
    root.lang = lang;
    title.textContent = visible(model.get("title"));
    title.hidden = !model.get("title");
    for (const name in buttons) dress(buttons[name], name, words[name]);
    play(Boolean(timer));
    seek.setAttribute("aria-label", words.seek);
    list.setAttribute("aria-label", model.get("title") || words.messages);
    names.classList.toggle("lw-many", columns.length > 3);
    names.replaceChildren(...drawColumns(columns));
    rows.forget();
    list.replaceChildren();
    drawMessages(live() && !waiting);
    if (hadFocus) rows.focus(at());
  }
  /** The whole state from the kernel; the open message stays open where it is kept. */
  function take() {
    const step = live() || waiting ? open?.step : undefined;
    all = unpack(model.get("messages"));
    const kept = step === undefined ? -1 : all.findIndex((m) => m.step === step);
    if (!live()) waiting = null;
    open = all[kept < 0 ? model.get("selected") : kept] ?? null;
    draw();
    if (kept < 0 || kept === model.get("selected")) return;
    model.set("selected", kept);
    model.save_changes();
  }
  function takeBatch(content, buffers) {
    if (content?.type !== "batch") return;
    const more = unpack(JSON.parse(new TextDecoder().decode(buffers[0])));
    keep = content.keep;
    if (waiting) waiting = keepLast(waiting, more, keep);
    else all = keepLast(all, more, keep);
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      waiting ? drawState() : drawMessages(true);
    });
  }

  for (const name in BUTTON_KEYS) {
    buttons[name] = bar.appendChild(element("button", "lw-button", "", { type: "button" }));
    listen(buttons[name], "click", () => press(name));
  }
  const filters = {};
  for (const key of ["connection", "kind"]) filters[key] = filterIn(filterBar, listen, () => drawMessages(live() && !waiting));
  listen(seek, "input", () => {
    play(false);
    go(seek.value - 1);
  });
  listen(list, "keydown", (event) => {
    const target = afterKey(event.key, at(), shown.length);
    if (target === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    play(false);
    go(target);
    rows.focus(target);
  });
  listen(list, "click", ({ target }) => {
    const row = target.closest(".lw-row");
    if (!row) return;
    play(false);
    go(rows.at(row));
    row.focus({ preventScroll: true });
  });
  listen(list, "scroll", rows.later);
  // Whoever scrolls back or reaches for a row wants to read.
  listen(list, "wheel", ({ deltaY }) => live() && deltaY < 0 && hold(true));
  listen(list, "pointerdown", () => live() && hold(true));
  const sizes = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) target === list ? rows.resized() : bytes.resized(contentRect.width);
  });

  // JupyterLab would take the arrow keys for its own cells.
  root.dataset.lmSuppressShortcuts = "true";
  names.setAttribute("aria-hidden", "true");
  state.setAttribute("role", "status");
  bar.append(seek, count, state, fresh);
  filterBar.append(found);
  diagram.append(names, note, list);
  parts.append(diagram, detail);
  root.append(title, bar, filterBar, parts);
  el.append(root);
  take();
  sizes.observe(detail);
  sizes.observe(list);
  const events = ["columns", "lang", "title"].map((name) => [`change:${name}`, draw]);
  events.push(["change:messages", take], ["change:following", take], ["msg:custom", takeBatch]);
  events.push(["change:selected", () => live() || ((open = all[model.get("selected")] ?? null), drawSelection())]);
  for (const [name, run] of events) model.on(name, run);
  return () => {
    for (const [name, run] of events) model.off(name, run);
    stop.abort();
    sizes.disconnect();
    clearInterval(timer);
    cancelAnimationFrame(frame);
    rows.stop();
    root.remove();
  };
}

export default { render };
