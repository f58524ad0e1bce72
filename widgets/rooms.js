// The rooms in the browser: labels → layout → render → its clean-up.
// It is loaded from a blob URL, so it imports nothing. Received text is only ever
// set as textContent.

const LABELS = {
  en: {
    first: "First step", previous: "Previous step", play: "Play", pause: "Pause",
    next: "Next step", last: "Last step", steps: "Steps", everyone: "everyone",
    server: "Server", nobody: "nobody", connected: "Connected", room: "Room", target: "message",
    kinds: {
      connect: ({ who }) => `${who} connects`, disconnect: ({ who }) => `${who} disconnects`,
      join: ({ who, room }) => `${who} joins ${room}`, leave: ({ who, room }) => `${who} leaves ${room}`,
    },
    heard: {
      hears: (who) => `heard by: ${who}`, skipped: (who) => `skipped: ${who}`,
      missed: (who) => `⚠ in the room, did not hear it: ${who}`, outside: (who) => `⚠ outside, heard it: ${who}`,
    },
    signs: {
      sends: "➤ sends", hears: "♪ hears", skipped: "⊘ skipped", missed: "⚠ hears nothing", outside: "⚠ from outside",
      connect: "+ connects", disconnect: "− disconnects", join: "+ joins", leave: "− leaves",
    },
    size: (n) => (n === 1 ? "1 person" : `${n} people`), more: (n) => `… ${n} more`,
    earlier: (n) => `${n.toLocaleString("en")} earlier steps are not kept.`, live: "live", held: "held",
    hint: "Step with the buttons, or with ↑ ↓ Home End in the list.", empty: "Nothing has happened yet.",
  },
  vi: {
    first: "Bước đầu", previous: "Bước trước", play: "Chạy", pause: "Tạm dừng",
    next: "Bước sau", last: "Bước cuối", steps: "Các bước", everyone: "mọi người",
    server: "Máy chủ", nobody: "không ai", connected: "Đang kết nối", room: "Phòng", target: "thông điệp",
    kinds: {
      connect: ({ who }) => `${who} kết nối`, disconnect: ({ who }) => `${who} ngắt kết nối`,
      join: ({ who, room }) => `${who} vào phòng ${room}`, leave: ({ who, room }) => `${who} rời phòng ${room}`,
    },
    heard: {
      hears: (who) => `nghe thấy: ${who}`, skipped: (who) => `bỏ qua: ${who}`,
      missed: (who) => `⚠ ở trong phòng mà không nghe thấy: ${who}`, outside: (who) => `⚠ ở ngoài mà vẫn nghe thấy: ${who}`,
    },
    signs: {
      sends: "➤ gửi", hears: "♪ nghe thấy", skipped: "⊘ bị bỏ qua", missed: "⚠ không nghe thấy", outside: "⚠ ở ngoài phòng",
      connect: "+ kết nối", disconnect: "− ngắt kết nối", join: "+ vào", leave: "− rời",
    },
    size: (n) => `${n} người`, more: (n) => `… ${n} người nữa`,
    earlier: (n) => `${n.toLocaleString("vi")} bước trước đó không được giữ lại.`, live: "trực tiếp", held: "đang dừng",
    hint: "Đi từng bước bằng các nút, hoặc bằng ↑ ↓ Home End trong danh sách.", empty: "Chưa có gì xảy ra.",
  },
};
const ICONS = {
  first: "M4 3v10M13 3 6 8l7 5z", previous: "M11 3 4 8l7 5z", play: "M4 3l9 5-9 5z",
  pause: "M5 3v10M11 3v10", next: "M5 3l7 5-7 5z", last: "M12 3v10M3 3l7 5-7 5z",
};
const BUTTON_KEYS = { first: "Home", previous: "ArrowUp", play: "", next: "ArrowDown", last: "End" };
const PLAY_MS = 1500;
const MOST_CHIPS = 60; // More people than these in one box are counted.
const NS = "http://www.w3.org/2000/svg";

// ---- Layout: values in, values out; Node tests these without a browser.

export const labelsOf = (lang) => LABELS[lang] ?? LABELS.en;

/** Control characters as pictures; characters that cannot be seen as one sign. */
export const visible = (text) =>
  String(text)
    .replace(/[\x00-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\x7f/g, "\u2421")
    .replace(/[\x80-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "\ufffd");

const once = (names) => [...new Set(names.filter((name) => name !== undefined))];
export const roomsOf = (steps) => once(steps.map(({ room }) => room));
export const peopleOf = (steps) => once(steps.flatMap(({ who, hears = [], skip = [] }) => [who, ...hears, ...skip]));

/** Where everyone was before the first step, as steps that lead there. */
export const stepsTo = (before) =>
  Object.entries(before).flatMap(([who, rooms]) => [{ kind: "connect", who }, ...rooms.map((room) => ({ kind: "join", who, room }))]);

/** Changes `here`, the rooms of everyone connected, as the step does. */
function move(here, { kind, who, room }) {
  if ((kind === "connect" || kind === "join") && !here.has(who)) here.set(who, new Set());
  if (kind === "join") here.get(who).add(room);
  if (kind === "leave") here.get(who)?.delete(room);
  if (kind === "disconnect") here.delete(who);
}

/** Who is connected after the first `count` steps, and in which rooms: name → set. */
export function hereAfter(steps, count) {
  const here = new Map();
  for (let i = 0; i < count; i++) move(here, steps[i]);
  return here;
}

/** Who heard a message, and where that differs from who was in its room. */
export function listenersOf({ hears, skip = [], room }, here) {
  const inside = [...here.keys()].filter((who) => room === undefined || here.get(who).has(room));
  return {
    hears, inside,
    skipped: skip.filter((who) => !hears.includes(who)),
    missed: inside.filter((who) => !hears.includes(who) && !skip.includes(who)),
    outside: hears.filter((who) => !inside.includes(who)),
  };
}

/** What happened, as a sentence. */
export function whatText(step, words) {
  if (step.kind !== "emit") return words.kinds[step.kind](step);
  return `${step.who ?? words.server} → ${step.room ?? words.everyone}${step.text ? `: “${step.text}”` : ""}`;
}

/** Who heard it and who did not; empty for what nobody can hear. */
export function hearsText(step, here, words) {
  if (step.kind !== "emit") return "";
  const found = listenersOf(step, here);
  return Object.keys(words.heard).filter((name) => name === "hears" || found[name].length)
    .map((name) => words.heard[name](found[name].join(", ") || words.nobody)).join("; ");
}

/** The boxes at a step: first everyone connected, then each room, with signs on chips. */
export function boxesOf(steps, index) {
  const step = steps[index], { kind, who: actor, room: where } = step;
  const [before, after] = [hereAfter(steps, index), hereAfter(steps, index + 1)];
  const found = kind === "emit" ? listenersOf(step, before) : null;
  const names = peopleOf(steps);
  const isIn = (here, who, room) => here.has(who) && (room === undefined || here.get(who).has(room));
  const heardSigns = (who) => [
    who === actor && "sends", step.hears.includes(who) && "hears",
    ...["outside", "skipped", "missed"].filter((sign) => found[sign].includes(who)),
  ].filter(Boolean);
  return [undefined, ...roomsOf(steps)].map((room) => {
    const target = Boolean(found) && room === where, chips = [];
    for (const who of names) {
      const [was, is] = [isIn(before, who, room), isIn(after, who, room)];
      let signs = [];
      // A message lights up the box that it went to, and beside it those who stand outside.
      if (found && (target ? was || room === undefined : room === undefined && !found.inside.includes(who))) signs = heardSigns(who);
      else if (was !== is) signs = [kind];
      if (was || is || signs.length) chips.push({ who, signs });
    }
    const size = [...after.keys()].filter((who) => isIn(after, who, room)).length;
    return { room, target, size, ...fewest(chips) };
  });
}

/** The chips to draw: of too many those that say something first; and how many are left. */
function fewest(chips) {
  if (chips.length <= MOST_CHIPS) return { chips, more: 0 };
  const telling = [...chips.filter(({ signs }) => signs.length), ...chips.filter(({ signs }) => !signs.length)];
  return { chips: telling.slice(0, MOST_CHIPS), more: chips.length - MOST_CHIPS };
}

/** Where a key leads from step `selected` of `count`; null when it is not ours. */
export function afterKey(key, selected, count) {
  const last = count - 1;
  const leads = { ArrowDown: Math.min(selected + 1, last), ArrowUp: Math.max(selected - 1, 0), Home: 0, End: last };
  return count && Object.hasOwn(leads, key) ? leads[key] : null;
}

// ---- Render

function element(name, className, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = visible(text);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
function dress(button, icon, label) {
  const [svg, path] = ["svg", "path"].map((name) => document.createElementNS(NS, name));
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

function drawBox({ room, target, size, chips, more }, text, words) {
  const name = room === undefined ? words.connected : `${words.room} ${room}`;
  const box = element("div", "lw-room", "", { role: "group", "aria-label": visible(`${name}, ${words.size(size)}`) });
  box.classList.toggle("lw-all", room === undefined);
  box.classList.toggle("lw-target", target);
  const head = box.appendChild(element("p", "lw-room-name"));
  if (room === undefined) head.append(element("b", "", name));
  else head.append(element("span", "lw-size", words.room), " ", element("b", "", room));
  head.append(" ", element("span", "lw-size", words.size(size)));
  if (target) head.append(" ", element("span", "lw-letter", `✉ ${text || words.target}`));
  const list = element("ul", "lw-chips", "", { role: "list" });
  for (const { who, signs } of chips) {
    const chip = list.appendChild(element("li", "lw-chip"));
    chip.dataset.signs = signs.join(" ");
    chip.append(element("span", "lw-who", who));
    for (const sign of signs) chip.append(" ", element("span", "lw-sign", words.signs[sign]));
  }
  if (more) list.append(element("li", "lw-size", words.more(more)));
  box.append(chips.length ? list : element("p", "lw-hint", words.nobody));
  return box;
}

function drawRow(step, number, here, words) {
  const row = element("div", "lw-row", "", { role: "option" }), said = element("span", "lw-words", whatText(step, words));
  row.append(element("b", "lw-step", number), " ", said);
  const hears = hearsText(step, here, words);
  if (hears) said.append(" ", element("span", "lw-hears", `♪ ${hears}`));
  return row;
}

function render({ model, el }) {
  const stop = new AbortController();
  const listen = (target, type, run) => target.addEventListener(type, run, { signal: stop.signal });
  const [root, title, bar, parts, scene, boxes, side] = ["lw-face lw-rooms", "lw-title", "lw-bar", "lw-parts", "lw-scene", "lw-boxes", "lw-side"].map((name) => element("div", name));
  const list = element("div", "lw-list", "", { role: "listbox" });
  const [said, hint] = [element("p", "lw-said", "", { role: "status" }), element("p", "lw-hint")];
  const [count, state, note, buttons] = [element("span", "lw-count"), element("span", "lw-flow", "", { role: "status" }), element("p", "lw-note"), {}];
  let [words, timer, frame] = [labelsOf("en"), 0, 0];
  let [steps, from, earlier] = [[], 0, 0]; // Before `from` they only lead to where everyone was.
  let held = -1; // Where a reader holds a live picture; -1: it flows.

  const live = () => Boolean(model.get("following"));
  const last = () => steps.length - from - 1;
  const selected = () => Math.max(Math.min(!live() ? model.get("selected") : held < 0 ? last() : held, last()), 0);

  function select(index) {
    if (live()) return hold(index);
    if (index === selected()) return;
    model.set("selected", index);
    model.save_changes();
  }
  /** Holds a live picture at a step; without one it flows again. */
  function hold(index) {
    held = index ?? -1;
    play(false);
    held < 0 ? take() : drawSelection();
  }
  function play(on) {
    clearInterval(timer);
    timer = on ? setInterval(step, PLAY_MS) : 0;
    const going = live() ? held < 0 : on;
    dress(buttons.play, going ? "pause" : "play", going ? words.pause : words.play);
  }
  function step() {
    select(Math.min(selected() + 1, last()));
    if (selected() === last()) play(false);
  }
  function press(name) {
    if (name === "play" && live()) return hold(held < 0 ? selected() : undefined);
    const starting = name === "play" && !timer;
    play(starting);
    if (name !== "play") select(afterKey(BUTTON_KEYS[name], selected(), last() + 1));
    else if (starting) selected() === last() ? select(0) : step();
  }
  function drawSelection() {
    const at = selected();
    [...list.children].forEach((row, i) => {
      row.setAttribute("aria-selected", i === at);
      row.tabIndex = i === at ? 0 : -1;
    });
    buttons.first.disabled = buttons.previous.disabled = at <= 0;
    buttons.last.disabled = buttons.next.disabled = at >= last();
    buttons.play.disabled = last() < 1 && !live();
    count.textContent = last() < 0 ? "" : `${earlier + at + 1} / ${earlier + last() + 1}`;
    const tells = live() ? (held < 0 ? words.live : words.held) : "";
    if (state.textContent !== tells) state.textContent = tells;
    state.classList.toggle("lw-flowing", tells === words.live);
    if (last() < 0) return;
    reveal(list, list.children[at]);
    const step = steps[from + at], hears = hearsText(step, hereAfter(steps, from + at), words);
    said.setAttribute("aria-live", live() && held < 0 ? "off" : "polite");
    said.replaceChildren(element("b", "", `${earlier + at + 1}. ${whatText(step, words)}`));
    if (hears) said.append(" ", element("span", "lw-hears", `♪ ${hears}`));
    boxes.replaceChildren(...boxesOf(steps, from + at).map((box) => drawBox(box, step.text, words)));
  }
  function drawRows() {
    const here = hereAfter(steps, from);
    return steps.slice(from).map((step, index) => {
      const row = drawRow(step, earlier + index + 1, here, words);
      move(here, step);
      return row;
    });
  }
  function draw() {
    const hadFocus = list.contains(document.activeElement);
    words = labelsOf(model.get("lang"));
    root.lang = model.get("lang");
    title.textContent = visible(model.get("title"));
    title.hidden = !model.get("title");
    for (const name in buttons) dress(buttons[name], name, words[name]);
    play(Boolean(timer) && last() > 0);
    list.setAttribute("aria-label", words.steps);
    hint.textContent = last() < 0 ? words.empty : words.hint;
    scene.hidden = list.hidden = last() < 0;
    note.textContent = earlier ? words.earlier(earlier) : "";
    note.hidden = !earlier;
    list.replaceChildren(...drawRows());
    drawSelection();
    if (hadFocus) list.children[selected()]?.focus({ preventScroll: true });
  }
  /** The whole state from the kernel, unless the reader holds what was. */
  function take() {
    if (live() && held >= 0) return;
    const lead = stepsTo(model.get("before") ?? {});
    [steps, from, earlier] = [[...lead, ...model.get("steps")], lead.length, model.get("earlier") ?? 0];
    draw();
  }
  /** What changes many times a second is drawn when the next frame is. */
  function later() {
    if (!live()) return take();
    frame ||= requestAnimationFrame(() => ((frame = 0), take()));
  }
  /** It has ended, or begun: a held step stays the chosen one where it is kept. */
  function turn() {
    const wanted = held < 0 ? -1 : earlier + held;
    held = -1;
    take();
    if (wanted < 0 || live()) return;
    model.set("selected", Math.max(wanted - earlier, 0));
    model.save_changes();
  }

  for (const name in BUTTON_KEYS) {
    buttons[name] = bar.appendChild(element("button", "lw-button", "", { type: "button" }));
    listen(buttons[name], "click", () => press(name));
  }
  listen(list, "keydown", (event) => {
    const target = afterKey(event.key, selected(), last() + 1);
    if (target === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    play(false);
    select(target);
    list.children[target].focus({ preventScroll: true });
  });
  listen(list, "click", ({ target }) => {
    const row = target.closest(".lw-row");
    if (!row) return;
    play(false);
    select([...list.children].indexOf(row));
    row.focus({ preventScroll: true });
  });

  // Whoever reaches for a row wants to read, and a row that is replaced cannot be clicked.
  listen(list, "focusin", () => live() && held < 0 && hold(selected()));

  // JupyterLab would take the arrow keys for its own cells.
  root.dataset.lmSuppressShortcuts = "true";
  bar.append(count, state);
  scene.append(said, boxes);
  side.append(note, list, hint);
  parts.append(scene, side);
  root.append(title, bar, parts);
  el.append(root);
  take();
  // JupyterLab puts it into the page only now: once more, so that the chosen row is in view.
  frame = requestAnimationFrame(() => ((frame = 0), take()));
  const events = ["lang", "title"].map((name) => [`change:${name}`, draw]);
  for (const name of ["steps", "before", "earlier"]) events.push([`change:${name}`, later]);
  events.push(["change:selected", drawSelection], ["change:following", turn]);
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
