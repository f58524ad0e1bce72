// The bar at the foot of the window: what Python is doing, in a sentence that a screen
// reader hears once, and in figures that only the eye follows.

const MB = 1_000_000;
const BUTTONS = ["show", "again", "stop", "above", "all", "restart"];

export class Bar {
  #parts = new Map(); // what is loaded → bytes
  #counted = { done: 0, all: 0, left: 0, began: 0 };

  constructor({ bar, said, tell, say, element, button, config }) {
    Object.assign(this, { root: bar, tell, say, bytes: config.bytes });
    const locale = { maximumFractionDigits: 1, minimumFractionDigits: 1 };
    this.format = new Intl.NumberFormat(config.lang, locale);
    this.meter = element("progress", "tab-meter", "", { "aria-label": say("starting") });
    this.figures = element("span", "tab-figures", "", { "aria-hidden": "true" });
    this.buttons = Object.fromEntries(BUTTONS.map((what) => [what, button(what)]));
    this.buttons.close = element("button", "tab-do", "×", { type: "button", "data-do": "close", "aria-label": say("close") });
    const group = element("span", "tab-buttons");
    group.append(...Object.values(this.buttons));
    bar.append(this.meter, this.figures, group);
    this.offer();
  }

  number(value) {
    return this.format.format(value);
  }

  /** Shows these buttons and no others. */
  offer(...names) {
    this.meter.hidden = true;
    this.figures.textContent = "";
    for (const [name, button] of Object.entries(this.buttons)) button.hidden = !names.includes(name);
  }

  close() {
    this.root.hidden = true;
    document.documentElement.classList.remove("tab-has-bar");
  }

  loading() {
    this.#parts.clear();
    this.isThere = false;
    this.began = performance.now();
    this.offer("stop");
    this.tell(this.say("starting"));
    this.meter.hidden = false;
    this.meter.removeAttribute("value");
    clearInterval(this.clock);
    this.clock = setInterval(() => this.#figure(), 200);
  }

  loaded({ what, loaded, total }) {
    this.#parts.set(`${what} ${total}`, loaded); // two files may be of one kind
    this.meter.max = this.bytes;
    this.meter.value = this.#loaded();
    this.#figure();
  }

  /** All is there; less came than a first start loads, if the browser kept some of it. */
  unpacking() {
    this.isThere = true;
    this.meter.removeAttribute("value");
    this.#figure();
  }

  #loaded() {
    return [...this.#parts.values()].reduce((sum, loaded) => sum + loaded, 0);
  }

  #figure() {
    const [got, all] = [this.#loaded(), this.bytes].map((bytes) => this.number(bytes / MB));
    const amount = this.isThere ? this.say("unpacking") : this.say("amount", { loaded: got, total: all });
    const seconds = this.say("seconds", { s: this.number((performance.now() - this.began) / 1000) });
    this.figures.textContent = [amount, seconds].join(" · ");
  }

  ready(seconds) {
    clearInterval(this.clock);
    this.offer("all", "restart", "close");
    this.tell(this.say("ready", { s: this.number(seconds) }));
  }

  broken(sentence) {
    clearInterval(this.clock);
    this.offer("again", "close");
    this.tell(sentence);
  }

  /** More cells wait; `anew` when nothing ran before. */
  count(more, anew) {
    if (anew) this.#counted = { done: 0, all: 0, left: 0, began: performance.now() };
    this.#counted.all += more;
  }

  left(cells) {
    this.#counted.left = cells;
  }

  running(cell) {
    const { done, all } = this.#counted;
    this.cell = cell;
    if (all < 2) return;
    this.offer("stop", "restart");
    this.tell(this.say("bar"));
    this.meter.hidden = false;
    this.meter.max = all;
    this.meter.value = done;
    this.figures.textContent = this.say("progress", { done: done + 1, all });
  }

  ran(cell, { status, seconds }, error) {
    this.#counted.done += 1;
    this.cell = cell;
    const s = this.number(seconds);
    if (status === "error") this.last = this.say("error_in", { n: cell.n, name: error?.name ?? "" });
    else if (status === "stopped") this.last = this.say("stopped_in", { n: cell.n });
    else this.last = this.say("ran_one", { n: cell.n, s });
    [this.status, this.error] = [status, error?.name];
  }

  /** Nothing waits any more. */
  over() {
    const { done, left, began } = this.#counted;
    const s = this.number((performance.now() - began) / 1000);
    const many = this.say(left ? "ran_some" : "ran_all", { n: done, s, left });
    // What a cell does not know, the cells above it make.
    const first = { ok: ["all"], error: ["show", this.error === "NameError" ? "above" : "all"], stopped: ["show", "all"] };
    this.offer(...first[this.status], "restart", "close");
    this.tell(this.status === "ok" && done > 1 ? many : this.last);
  }

  deaf(cell) {
    this.cell = cell;
    this.offer("restart", "close");
    this.tell(this.say("deaf", { n: cell.n }));
  }

  restarted() {
    this.tell(this.say("restarted"));
  }

  show() {
    this.cell.div.scrollIntoView({ block: "center" });
    this.cell.bar.firstChild.focus({ preventScroll: true });
  }
}
