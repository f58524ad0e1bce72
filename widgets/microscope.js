// The microscope in the browser: labels → judge → layout → render → its clean-up.
// It is loaded from a blob URL, so it imports nothing. Received text is only ever
// set as textContent. `receive` keeps to servers/wire/receiving.py and `boxesOf` to
// widgets/microscope.py; tests/widgets/test_microscope.py compares them.

const LABELS = {
  en: {
    bytes: "Bytes of the message", bits: "Bits of four bytes", byte: "Byte", hex: "Byte in hex",
    reset: "Reset", back: "Previous four bytes", on: "Next four bytes",
    before: "As it came", after: "As you changed it", same: "Nothing is changed yet.",
    heads: ["Field", "Value", "Bits", "Source"], bit: (n, value) => `bit ${n}: ${value}`,
    flipped: (n) => `${n} bit${n === 1 ? "" : "s"} changed`, count: (n) => `${n} bit${n === 1 ? "" : "s"}`,
    hint: "Click a bit to flip it, or type a byte. Arrow keys move, Space flips.",
  },
  vi: {
    bytes: "Các byte của thông điệp", bits: "Bit của bốn byte", byte: "Byte", hex: "Byte ở dạng hex",
    reset: "Đặt lại", back: "Bốn byte trước", on: "Bốn byte sau",
    before: "Như lúc nhận được", after: "Sau khi bạn sửa", same: "Chưa sửa gì.",
    heads: ["Trường", "Giá trị", "Bit", "Nguồn"], bit: (n, value) => `bit ${n}: ${value}`,
    flipped: (n) => `đã sửa ${n} bit`, count: (n) => `${n} bit`,
    hint: "Bấm vào một bit để đảo nó, hoặc gõ giá trị một byte. Phím mũi tên di chuyển, Space đảo bit.",
  },
};
const OPCODES = { 0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };
const MAX_PAYLOAD_BYTES = 1024 * 1024, MAX_HEAD_BYTES = 16 * 1024, MAX_HEADERS = 100;
const SHORT = 80;
const PER_WINDOW = 32;

export const labelsOf = (lang) => LABELS[lang] ?? LABELS.en;

/** Control characters as pictures; characters that cannot be seen as one sign. */
export const visible = (text) =>
  String(text)
    .replace(/[\x00-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\x7f/g, "\u2421")
    .replace(/[\x80-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "\ufffd");

// ---- Bytes

export const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const hexOf = (bytes, between = "") => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join(between);
const bits = (value, width) => value.toString(2).padStart(width, "0");
const latin = (bytes) => [...bytes].map((b) => String.fromCharCode(b)).join("");
const textOf = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const short = (text) => ([...text].length > SHORT ? [...text].slice(0, SHORT).join("") + "…" : text);
const numberOf = (bytes) => bytes.reduce((sum, b) => sum * 256n + BigInt(b), 0n);
const unmask = (bytes, key) => (key.length ? bytes.map((b, i) => b ^ key[i % 4]) : bytes);
const emptyLine = (bytes) => latin(bytes).indexOf("\r\n\r\n");

export function flipBit(hex, bit) {
  const bytes = bytesOf(hex);
  bytes[bit >> 3] ^= 0x80 >> (bit & 7);
  return hexOf(bytes);
}
export function putByte(hex, index, pair) {
  return hex.slice(0, 2 * index) + pair.toLowerCase() + hex.slice(2 * index + 2);
}
export function changedBits(one, other) {
  const [a, b] = [bytesOf(one), bytesOf(other)];
  return [...a].flatMap((byte, i) => [0, 1, 2, 3, 4, 5, 6, 7].filter((n) => ((byte ^ b[i]) << n) & 0x80).map((n) => 8 * i + n));
}

// ---- The judge: what a receiver does. A broken rule is thrown as {number, text, found}.

const refuse = (number, rule, ...found) => { throw { number, rule, found }; };
const fill = (template, found) => found.reduce((text, value) => text.replace("{}", () => value), template);

/** How long the head and the payload of the first frame are; null: not known yet. */
function lengthsOf(data) {
  if (data.length < 2) return null;
  const size = data[1] & 0x7f, extra = { 126: 2, 127: 8 }[size] ?? 0;
  if (data.length < 2 + extra) return null;
  const head = 2 + extra + (data[1] & 0x80 ? 4 : 0);
  return { head, size: extra ? numberOf(data.slice(2, 2 + extra)) : BigInt(size), extra };
}

export function missingBytes(data) {
  const lengths = lengthsOf(data);
  if (lengths) return BigInt(lengths.head - data.length) + lengths.size;
  return BigInt(2 + (data.length < 2 ? 0 : { 126: 2, 127: 8 }[data[1] & 0x7f]) - data.length);
}

// Rules that the first bytes can break are checked when they are there, as in MessageReader.
function parseFrame(data, fragments, isClient) {
  if (data.length < 2) return null;
  const opcode = data[0] & 0x0f, fin = data[0] >= 0x80, masked = data[1] >= 0x80;
  if (!(opcode in OPCODES)) refuse(1002, "Opcode {} is reserved.", `0x${opcode.toString(16)}`);
  if (data[0] & 0x70) refuse(1002, "RSV is set and no extension uses it.");
  if (masked === isClient) refuse(1002, "A client masks, a server does not.");
  if (opcode < 8 && (opcode === 0) !== fragments.length > 0) refuse(1002, "A fragment stands where none may stand.");
  if (opcode >= 8 && (!fin || (data[1] & 0x7f) > 125)) refuse(1002, "A control frame is whole and has at most 125 bytes.");
  const lengths = lengthsOf(data);
  if (!lengths) return null;
  const { head, size, extra } = lengths;
  const least = { 0: 0n, 2: 126n, 8: 65536n }[extra];
  if (size < least || size >= 2n ** 63n) refuse(1002, "The length is not written in its shortest form.");
  const room = MAX_PAYLOAD_BYTES - fragments.reduce((sum, { payload }) => sum + payload.length, 0);
  if (opcode < 8 && size > room) refuse(1009, "{} bytes in a frame; {} may be.", size, room);
  if (data.length < head) return null;
  const end = head + Number(size), key = masked ? data.slice(head - 4, head) : [];
  const frame = { opcode, fin, payload: unmask(data.slice(head, end), key), end };
  if (data.length >= end) return frame;
  if (opcode < 8) checkText([...fragments, frame], true);
  return null;
}

/** The text of these fragments; what cannot become UTF-8 any more fails at once. */
function checkText(fragments, isUnfinished) {
  if (fragments[0].opcode !== 1) return "";
  return decode(Uint8Array.from(fragments.flatMap(({ payload }) => [...payload])), "The text is not UTF-8.", isUnfinished);
}

function decode(bytes, rule, stream = false) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream });
  } catch {
    return refuse(1007, rule);
  }
}
const mayTravel = (code) => (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);

function takeClose(payload) {
  if (!payload.length) return { what: "goodbye", number: 1005, text: "" };
  const code = Number(numberOf(payload.slice(0, 2)));
  if (payload.length === 1 || !mayTravel(code)) refuse(1002, "This close code may not travel.");
  return { what: "goodbye", number: code, text: decode(payload.slice(2), "The reason is not UTF-8.") };
}

function takeFrame(frame, fragments) {
  const { opcode, payload } = frame, number = payload.length;
  if (opcode > 8) return { what: OPCODES[opcode], number, text: "" };
  if (opcode === 8) return takeClose(payload);
  fragments.push(frame);
  const text = checkText(fragments, !frame.fin);
  if (!frame.fin) return { what: "fragment", number, text: "" };
  const whole = fragments.splice(0);
  return { what: OPCODES[whole[0].opcode], number: whole.reduce((sum, f) => sum + f.payload.length, 0), text };
}

function takeFrames(data, isClient) {
  const deeds = [], fragments = [];
  while (data.length || !deeds.length) {
    try {
      const frame = parseFrame(data, fragments, isClient);
      if (!frame) return [...deeds, { what: "wait", number: missingBytes(data), text: "" }];
      data = data.slice(frame.end);
      deeds.push(takeFrame(frame, fragments));
    } catch (broken) {
      return [...deeds, judged("close", broken)];
    }
    const over = deeds[deeds.length - 1].what === "goodbye";
    if (over) return data.length ? [...deeds, { what: "unread", number: data.length, text: "" }] : deeds;
  }
  return deeds;
}

function judged(what, broken) {
  if (!broken.rule) throw broken;
  return { what, number: broken.number, text: fill(broken.rule, broken.found), rule: broken.rule, found: broken.found };
}

// What Python's \s and strip() take for white space, as far as a value can hold it.
const trim = (text) => text.replace(/^[\t \x85\xa0]+|[\t \x85\xa0]+$/g, "");
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+", S = "[\\t \\x85\\xa0]*";
const isToken = (text) => new RegExp(`^${TOKEN}$`).test(text);
const all = (headers, name) => headers.filter(([n]) => n.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
const tokens = (headers, name) => all(headers, name).join(",").split(",").map(trim).filter(Boolean);

function one(headers, name) {
  const values = all(headers, name);
  if (values.length > 1) refuse(400, "{} stands {} times, not once.", name, values.length);
  return values[0];
}

function parseHeader(line) {
  const colon = line.indexOf(":");
  if (colon < 0) refuse(400, "A header line has no colon.");
  const name = line.slice(0, colon), value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
  if (!isToken(name)) refuse(400, "A header's name has a space or another character it may not have.");
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) refuse(400, "{} holds a control character.", name);
  return [name, value];
}

function parseHead(head) {
  const lines = head.split("\r\n");
  if (lines.length > MAX_HEADERS + 3) refuse(431, "More than {} headers: send fewer.", MAX_HEADERS);
  const headers = lines.slice(1, -2).map(parseHeader), parts = lines[0].split(" ");
  if (parts.length !== 3) refuse(400, "The first line is not METHOD, one space, target, one space, version.");
  const [method, target, version] = parts;
  if (!isToken(method)) refuse(400, "The method has a character no method may have.");
  if (!/^[\x21-\x7e]+$/.test(target)) refuse(400, "The target has a character that must be escaped.");
  const match = /^HTTP\/([0-9])\.([0-9])$/.exec(version);
  if (!match) refuse(400, "The version is not written HTTP/1.1.");
  if (match[1] !== "1" || match[2] === "0") refuse(505, "This server speaks HTTP/1.1.");
  if (one(headers, "Host") === undefined) refuse(400, "Host is missing: which server do you mean?");
  return { method, headers };
}

function checkExtensions(value) {
  const sticky = (pattern) => new RegExp(pattern, "y");
  const steps = [`${S}${TOKEN}`, `${S};${S}${TOKEN}(?:${S}=${S}(?:${TOKEN}|"${TOKEN}"))?`, `${S}(?:,|$)`].map(sticky);
  let at = 0;
  const take = (step) => { step.lastIndex = at; const hit = step.test(value); if (hit) at = step.lastIndex; return hit; };
  while (at < value.length) {
    const named = take(steps[0]);
    while (named && take(steps[1]));
    if (!named || !take(steps[2])) refuse(400, "Sec-WebSocket-Extensions cannot be read.");
  }
}

function checkRequest({ method, headers }) {
  const lists = (name, word) => tokens(headers, name).some((t) => t.toLowerCase() === word);
  if (method !== "GET") refuse(405, "A WebSocket opens with GET, not {}.", method);
  if (!lists("Upgrade", "websocket") || !lists("Connection", "upgrade"))
    refuse(426, "This is a WebSocket server: send Upgrade: websocket and Connection: Upgrade.");
  const version = one(headers, "Sec-WebSocket-Version");
  if (version === undefined) refuse(400, "Sec-WebSocket-Version is missing.");
  if (version !== "13") refuse(426, "This server speaks version {}, not {}.", "13", version);
  const key = one(headers, "Sec-WebSocket-Key");
  if (key === undefined) refuse(400, "Sec-WebSocket-Key is missing.");
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) refuse(400, "Sec-WebSocket-Key is not 16 bytes in Base64.");
  one(headers, "Origin");
  checkExtensions(all(headers, "Sec-WebSocket-Extensions").join(", "));
  const offers = tokens(headers, "Sec-WebSocket-Protocol");
  if (new Set(offers).size < offers.length || !offers.every(isToken))
    refuse(400, "Sec-WebSocket-Protocol is no list of unique names.");
}

function takeRequest(data) {
  const found = emptyLine(data), size = found < 0 ? data.length : found + 4, rest = data.slice(size);
  try {
    if (size > MAX_HEAD_BYTES) refuse(431, "The head is longer than {} bytes: send fewer headers.", MAX_HEAD_BYTES);
    if (found < 0) return [{ what: "wait", number: 0, text: "" }];
    const request = parseHead(latin(data.slice(0, size)));
    try {
      checkRequest(request);
    } catch (broken) {
      const unread = rest.length ? [{ what: "unread", number: rest.length, text: "" }] : [];
      return [judged("status", broken), ...unread];
    }
    return [{ what: "status", number: 101, text: "" }, ...(rest.length ? takeFrames(rest, false) : [])];
  } catch (broken) {
    return [judged("status", broken)];
  }
}

/** What the receiver of these bytes does, in order. */
export function receive(hex, kind, role) {
  return kind === "request" ? takeRequest(bytesOf(hex)) : takeFrames(bytesOf(hex), role === "client");
}

/** A deed in words. */
export function say({ what, number, text, rule, found }, words) {
  const phrases = words.verdicts;
  let name = what === "wait" && Number(number) === 0 ? "waitHead" : what;
  if (what === "goodbye" && number === 1005) name = "bare";
  const amount = phrases[Number(number) === 1 ? "one" : "many"].replace("{n}", number);
  const said = phrases[name].replace("{n}", number).replace("{b}", amount)
    .replace("{t}", () => (what === "status" ? words.reasons[number] : short(text)));
  return rule ? `${said}: ${fill(words.sentences[rule] ?? rule, found)}` : said;
}
export const verdictOf = (hex, kind, role, words) => receive(hex, kind, role).map((deed) => say(deed, words)).join("; ");

/** A sign for a verdict, so that colour is not alone: broken, unfinished or fine. */
export function signOf(deeds) {
  if (deeds.some(({ what, number }) => what === "close" || (what === "status" && number !== 101))) return "✕";
  return deeds.some(({ what }) => what === "wait" || what === "fragment") ? "…" : "✓";
}

// ---- Layout: values in, values out; Node tests these without a browser.

function frameBoxes(data) {
  const made = [], opcode = data[0] & 15;
  const box = (name, count, value, key = name) => made.push({ name, count, value, key });
  ["FIN", "RSV1", "RSV2", "RSV3"].forEach((name, i) => box(name, 1, `0b${(data[0] >> (7 - i)) & 1}`));
  box("opcode", 4, `0b${bits(opcode, 4)} ${OPCODES[opcode] ?? ""}`.trim());
  if (data.length < 2) return made;
  const masked = data[1] >> 7, short7 = data[1] & 0x7f;
  box("MASK", 1, `0b${masked}`);
  box("payload length", 7, `0b${bits(short7 >> 4, 3)}_${bits(short7 & 15, 4)} = ${short7}`);
  let start = 2 + ({ 126: 2, 127: 8 }[short7] ?? 0);
  const more = data.slice(2, start), size = more.length ? numberOf(more) : BigInt(short7);
  if (more.length) box("extended payload length", 8 * more.length, `${size}`);
  const key = masked ? data.slice(start, start + 4) : [];
  if (key.length) box("masking key", 8 * key.length, hexOf(key, " "));
  start += key.length;
  const left = Math.max(0, data.length - start);
  const plain = unmask(data.slice(start, start + (size < left ? Number(size) : left)), key);
  if (!plain.length) return made;
  if (opcode === 8 && plain.length > 1) {
    box("close code", 16, `${numberOf(plain.slice(0, 2))}`);
    if (plain.length > 2) box("reason", 8 * (plain.length - 2), textOf(plain.slice(2)));
    return made;
  }
  const isText = opcode === 1 && !(data[0] & 0x70);
  box("payload", 8 * plain.length, isText ? textOf(plain) : hexOf(plain, " "), opcode > 8 && opcode < 11 ? "ping payload" : "payload");
  return made;
}

const HEADERS = /^(host|upgrade|connection|origin|sec-websocket-(key|extensions|protocol|version))$/;

function requestBoxes(data) {
  const made = [], end = emptyLine(data);
  const lines = latin(end < 0 ? data : data.slice(0, end + 2)).split("\r\n");
  let at = 0;
  lines.forEach((line, index) => {
    const size = line.length + (index < lines.length - 1 ? 2 : 0), colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon), known = HEADERS.test(name.toLowerCase());
    const value = colon < 0 ? "" : line.slice(colon + 1);
    const parts = index ? [name || "header", value, known ? name.toLowerCase() : "header"] : ["request line", line, "request line"];
    if (size) made.push({ name: parts[0], count: 8 * size, value: parts[1].replace(/^[ \t]+|[ \t]+$/g, ""), key: parts[2] });
    at += size;
  });
  if (end >= 0) made.push({ name: "empty line", count: 16, value: "", key: "empty line" });
  const rest = end >= 0 ? data.slice(at + 2) : [];
  if (rest.length) made.push({ name: "after the head", count: 8 * rest.length, value: hexOf(rest, " "), key: "after the head" });
  return made;
}

/** The fields as stretches of bits, in order; every bit is in exactly one. */
export function boxesOf(hex, kind) {
  const data = bytesOf(hex), found = [];
  let at = 0, frame = 1;
  while (at < 8 * data.length) {
    const made = kind === "request" ? requestBoxes(data) : frameBoxes(data.slice(at / 8));
    for (const { name, key, value, count } of made) {
      found.push({ name, key, value: short(value), start: at, count, frame });
      at += count;
    }
    frame += 1;
  }
  return found;
}
/** The ASCII character of a byte; nothing for other bytes. */
export const charOf = (pair) => (parseInt(pair, 16) < 0x80 ? visible(String.fromCharCode(parseInt(pair, 16))) : "");
export const boxAt = (boxes, bit) => boxes.findIndex(({ start, count }) => start <= bit && bit < start + count);
export const boxName = ({ name, frame }) => name + (frame > 1 ? ` (${frame})` : "");
export const rangeText = ({ start, count }) => (count > 1 ? `${start}–${start + count - 1}` : `${start}`);

/** Four bytes from the one that holds `bit`'s window: bits, and the fields below them. */
export function windowOf(hex, boxes, bit) {
  const first = Math.floor(bit / PER_WINDOW) * (PER_WINDOW / 8);
  return [...bytesOf(hex)].slice(first, first + PER_WINDOW / 8).map((byte, i) => {
    const start = 8 * (first + i);
    const labels = boxes.flatMap((box, index) => {
      const from = Math.max(box.start, start), to = Math.min(box.start + box.count, start + 8);
      return from < to ? [{ index, from: from - start, count: to - from, begins: from === box.start }] : [];
    });
    const cells = [...bits(byte, 8)].map((value, n) => ({ bit: start + n, value, box: boxAt(boxes, start + n) }));
    return { index: first + i, pair: hexOf([byte]), cells, labels };
  });
}

/** Where a key leads from position `at` of `count` when a row holds `perRow`; null: not ours. */
export function afterKey(key, at, count, perRow) {
  const leads = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - perRow, ArrowDown: at + perRow, Home: 0, End: count - 1 };
  if (!Object.hasOwn(leads, key)) return null;
  return leads[key] < 0 || leads[key] >= count ? at : leads[key];
}

// ---- Render

function element(name, className, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = visible(text);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
const button = (className, text, attributes = {}) => element("button", className, text, { type: "button", ...attributes });
function reveal(box, { offsetTop: top, offsetHeight: height }) {
  box.scrollTop = Math.max(Math.min(box.scrollTop, top), top + height - box.clientHeight);
}

function render({ model, el }) {
  const stop = new AbortController();
  const listen = (target, type, run) => target.addEventListener(type, run, { signal: stop.signal });
  const box = (name, attributes) => element("div", name, "", attributes);
  const [root, title, parts, detail] = ["lw-face lw-microscope", "lw-title", "lw-parts", "lw-detail"].map((name) => box(name));
  const [dump, bitRows] = [box("lw-dump", { role: "group" }), box("lw-bits", { role: "group" })];
  const [bar, about, hint] = [box("lw-bar"), box("lw-about", { role: "status" }), element("p", "lw-hint")];
  const [back, on, reset] = ["‹", "›", ""].map((sign) => button("lw-button", sign));
  const [typing, byteName, count] = [element("label", "lw-typing"), element("span", ""), element("span", "lw-count")];
  const input = element("input", "lw-input", "", { type: "text", maxlength: 2, size: 2, autocomplete: "off", spellcheck: "false", autocapitalize: "off" });
  const verdicts = box("lw-verdicts"), [before, after] = [box("lw-verdict"), box("lw-verdict", { "aria-live": "polite" })];
  let words = labelsOf("en"), boxes = [];

  const hex = () => model.get("hex");
  const size = () => hex().length / 2;
  const selected = () => Math.min(Math.max(model.get("selected"), 0), 8 * size() - 1);

  function set(name, value) {
    if (model.get(name) === value) return;
    model.set(name, value);
    model.save_changes();
  }
  function drawDump() {
    const bytes = bytesOf(hex()), old = bytesOf(model.get("original")), at = selected() >> 3, chosen = boxAt(boxes, selected());
    dump.replaceChildren(...[...bytes].map((byte, index) => {
      const holding = boxAt(boxes, 8 * index), changed = byte !== old[index];
      const made = button("lw-byte", hexOf([byte]), {
        tabindex: index === at ? 0 : -1, "aria-pressed": index === at,
        "aria-label": `${words.byte} ${index}: ${hexOf([byte])}${changed ? " *" : ""}`,
      });
      Object.assign(made.dataset, { index, hue: holding % 6 });
      made.classList.toggle("lw-chosen", holding === chosen || boxAt(boxes, 8 * index + 7) === chosen);
      made.classList.toggle("lw-changed", changed);
      return made;
    }));
    if (dump.children[at]) reveal(dump, dump.children[at]);
  }
  function drawByte({ index, pair, cells, labels }, changed) {
    const row = box("lw-octet"), head = box("lw-octet-head"), chosen = boxAt(boxes, selected());
    head.append(element("span", "lw-offset", `${words.byte} ${index}`), element("code", "", `0x${pair} ${charOf(pair)}`));
    row.append(head);
    for (const { bit, value, box: holding } of cells) {
      const name = boxes[holding] ? boxName(boxes[holding]) : "";
      const made = button("lw-bit", value, {
        tabindex: bit === selected() ? 0 : -1, "aria-label": visible(`${name}, ${words.bit(bit, value)}${changed.has(bit) ? " *" : ""}`),
      });
      Object.assign(made.dataset, { bit, hue: holding % 6 });
      made.classList.toggle("lw-changed", changed.has(bit));
      made.classList.toggle("lw-chosen", holding === chosen);
      row.append(made);
    }
    for (const { index: holding, from, count: span, begins } of labels) {
      const label = element("span", "lw-label", begins || span === 8 ? boxes[holding].name : "", { "aria-hidden": true });
      label.style.gridColumn = `${from + 1} / span ${span}`;
      label.dataset.hue = holding % 6;
      row.append(label);
    }
    return row;
  }
  function drawFields() {
    const table = element("table", "lw-fields"), chosen = boxAt(boxes, selected());
    table.createTHead().insertRow().append(...words.heads.map((text) => element("th", "", text, { scope: "col" })));
    const body = table.createTBody();
    boxes.forEach((field, index) => {
      const made = button("lw-field", boxName(field), { "aria-pressed": index === chosen });
      Object.assign(made.dataset, { field: index, hue: index % 6 });
      const name = element("td", "lw-name");
      name.append(made);
      body.insertRow().append(name, element("td", "lw-value", field.value), element("td", "lw-range", rangeText(field)),
        element("td", "lw-source", model.get("words").about[field.key][0]));
    });
    return table;
  }
  function drawAbout() {
    const field = boxes[boxAt(boxes, selected())];
    const [source, note] = model.get("words").about[field.key];
    about.replaceChildren(element("b", "", boxName(field)), ` · ${words.count(field.count)} · `, element("code", "", field.value),
      element("p", "", note), element("small", "lw-size", source));
  }
  function fillVerdict(panel, head, bytes) {
    const deeds = receive(bytes, model.get("kind"), model.get("role")), all = model.get("words"), sign = signOf(deeds);
    const said = element("p", "lw-said", `${sign} ${all.verdicts[model.get("role")]}: ${deeds.map((deed) => say(deed, all)).join("; ")}`);
    panel.dataset.sign = sign;
    panel.replaceChildren(element("b", "", head), said);
  }
  function drawVerdicts() {
    const changed = changedBits(model.get("original"), hex());
    fillVerdict(before, words.before, model.get("original"));
    if (changed.length) fillVerdict(after, words.after, hex());
    else after.replaceChildren(element("b", "", words.after), element("p", "lw-hint", words.same));
    if (!changed.length) delete after.dataset.sign;
    reset.disabled = !changed.length;
    count.textContent = changed.length ? words.flipped(changed.length) : "";
  }
  function draw() {
    const focus = [dump, bitRows, detail].find((part) => part.contains(document.activeElement));
    const field = document.activeElement?.dataset?.field, lang = model.get("lang");
    words = labelsOf(lang);
    boxes = boxesOf(hex(), model.get("kind"));
    root.lang = lang;
    title.textContent = visible(model.get("title"));
    title.hidden = !model.get("title");
    hint.textContent = words.hint;
    dump.setAttribute("aria-label", words.bytes);
    bitRows.setAttribute("aria-label", words.bits);
    for (const [made, name] of [[back, "back"], [on, "on"]]) Object.assign(made, { title: words[name], ariaLabel: words[name] });
    reset.textContent = words.reset;
    const first = Math.floor(selected() / PER_WINDOW) * PER_WINDOW, changed = new Set(changedBits(model.get("original"), hex()));
    back.disabled = first === 0;
    on.disabled = first + PER_WINDOW >= 8 * size();
    byteName.textContent = `${words.byte} ${selected() >> 3}: 0x`;
    input.setAttribute("aria-label", `${words.hex}, ${words.byte} ${selected() >> 3}`);
    if (document.activeElement !== input) input.value = hexOf([bytesOf(hex())[selected() >> 3]]);
    drawDump();
    bitRows.replaceChildren(...windowOf(hex(), boxes, selected()).map((octet) => drawByte(octet, changed)));
    detail.replaceChildren(about, drawFields());
    drawAbout();
    drawVerdicts();
    if (focus === dump) dump.querySelector('[tabindex="0"]').focus({ preventScroll: true });
    if (focus === bitRows) bitRows.querySelector('[tabindex="0"]').focus({ preventScroll: true });
    if (focus === detail && field !== undefined) detail.querySelector(`[data-field="${field}"]`)?.focus({ preventScroll: true });
  }

  listen(dump, "click", ({ target }) => target.closest(".lw-byte") && set("selected", 8 * Number(target.closest(".lw-byte").dataset.index)));
  listen(dump, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[0-9a-f]$/i.test(event.key)) {
      // The character itself then lands in the field of the byte that has the focus.
      set("selected", 8 * Number(event.target.dataset.index));
      input.focus();
      input.select();
      return;
    }
    const perRow = [...dump.children].filter((made) => made.offsetTop === dump.children[0].offsetTop).length;
    const target = afterKey(event.key, selected() >> 3, size(), perRow);
    if (target === null) return;
    event.preventDefault();
    set("selected", 8 * target);
  });
  listen(bitRows, "click", ({ target }) => {
    const made = target.closest(".lw-bit");
    if (!made) return;
    const bit = Number(made.dataset.bit);
    made.focus({ preventScroll: true });
    set("selected", bit);
    set("hex", flipBit(hex(), bit));
  });
  listen(bitRows, "keydown", (event) => {
    const target = afterKey(event.key, selected(), 8 * size(), 8);
    if (target === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    set("selected", target);
  });
  listen(detail, "click", ({ target }) => {
    const made = target.closest(".lw-field");
    if (made) set("selected", boxes[Number(made.dataset.field)].start);
  });
  listen(back, "click", () => set("selected", (Math.floor(selected() / PER_WINDOW) - 1) * PER_WINDOW));
  listen(on, "click", () => set("selected", (Math.floor(selected() / PER_WINDOW) + 1) * PER_WINDOW));
  listen(reset, "click", () => set("hex", model.get("original")));
  listen(input, "input", () => {
    const good = /^[0-9a-f]{2}$/i.test(input.value);
    input.setAttribute("aria-invalid", !good && input.value.length === 2);
    if (good) set("hex", putByte(hex(), selected() >> 3, input.value));
  });
  listen(input, "focus", () => input.select());
  listen(input, "blur", () => {
    input.removeAttribute("aria-invalid");
    input.value = hexOf([bytesOf(hex())[selected() >> 3]]);
  });

  // JupyterLab would take the arrow keys for its own cells.
  root.dataset.lmSuppressShortcuts = "true";
  reset.classList.add("lw-reset");
  typing.append(byteName, input);
  bar.append(back, on, typing, reset, count);
  verdicts.append(before, after);
  const left = box("lw-left");
  left.append(dump, bar, bitRows, hint, verdicts);
  parts.append(left, detail);
  root.append(title, parts);
  el.append(root);
  draw();
  const events = ["original", "hex", "selected", "role", "kind", "words", "lang", "title"].map((name) => `change:${name}`);
  for (const name of events) model.on(name, draw);
  return () => {
    for (const name of events) model.off(name, draw);
    stop.abort();
    root.remove();
  };
}

export default { render };
