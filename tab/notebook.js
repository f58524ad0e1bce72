// The cells of a page and the Python that runs them: one after the other, as pressed.

import { Bar } from "./bar.js";
import { Broken, Engine } from "./engine.js";
import { Edits } from "./edits.js";
import { Models } from "./models.js";
import { keepForLater } from "./keep.js";
import { Outputs } from "./outputs.js";

const DEAF_MS = 2000; // so long a stopped cell may take to end
const QUICK_S = 0.05; // what took less has no figure
const ARMED_MS = 400; // a second click of the same hand shall not stop what it started

export function open(page) {
  const notebook = new Notebook(page);
  window.liveWire.outputs = (id) => notebook.outputsOf(page.cells.find((cell) => cell.id === id)).toJSON();
  return notebook;
}

class Notebook {
  #outputs = new Map();
  #shown = new Map();
  #queue = []; // [cell, resolve]
  #running = null;
  #engine = null;

  constructor(page) {
    this.page = page;
    this.say = page.say;
    this.bar = new Bar(page);
    this.edits = new Edits(page);
    this.models = new Models((message) => this.#engine?.send(message));
  }

  outputsOf(cell) {
    if (!this.#outputs.has(cell)) this.#outputs.set(cell, new Outputs(cell, this.models, this.#shown, this.say));
    return this.#outputs.get(cell);
  }

  restore() {
    return this.edits.restore();
  }

  act(what, cell) {
    if (what === "run") return cell === this.#running?.cell ? this.#pressedAgain() : this.run(cell);
    if (what === "above") return this.runAll({ before: cell ?? this.bar.cell });
    if (what === "all") return this.runAll();
    if (what === "stop") return this.stop();
    if (what === "restart") return this.restart();
    if (what === "edit") return this.edits.open(cell, { focus: true });
    if (what === "reset") return this.edits.reset(cell);
    if (what === "again") return this.#again();
    if (what === "close") return this.bar.close();
    if (what === "show") return this.bar.show();
    throw new Error(`no button does ${what}`);
  }

  /** Puts a cell into the queue; gives its status when it is over. */
  run(cell) {
    if (cell.reason || this.#queue.some(([queued]) => queued === cell)) return Promise.resolve("skipped");
    this.bar.count(1, !this.#running && !this.#queue.length);
    return new Promise((resolve) => {
      this.#queue.push([cell, resolve]);
      this.#state(cell, "waiting");
      if (!this.#running) this.#next();
    });
  }

  /** Every cell in order; the first error ends it, unless `keepGoing`. */
  async runAll({ before, keepGoing = false } = {}) {
    const { cells } = this.page;
    const wanted = before ? cells.slice(0, cells.indexOf(before)) : cells;
    this.keepGoing = keepGoing;
    const over = wanted.map((cell) => this.run(cell));
    this.bar.left(wanted.filter(({ reason }) => reason).length);
    return Object.fromEntries((await Promise.all(over)).map((status, i) => [wanted[i].id, status]));
  }

  /** The worker that runs; the first call starts it. */
  async #started() {
    if (!this.#engine) {
      this.bar.loading();
      this.#engine = new Engine(this.page.config, (message) => this.#hear(message), this.say("failed_load"));
      this.#engine.ready.then(
        (seconds) => {
          this.bar.ready(seconds);
          keepForLater(this.page.config);
        },
        () => {}, // whoever waits for it hears it
      );
    }
    await this.#engine.ready;
    return this.#engine;
  }

  async #next() {
    const [cell, resolve] = this.#queue.shift() ?? [];
    if (!cell) {
      this.keepGoing = false;
      this.bar.over();
      return;
    }
    const running = { cell, began: performance.now() };
    this.#running = running;
    let done;
    try {
      const engine = await this.#started();
      if (this.#running !== running) return resolve("stopped"); // before Python was there
      this.#begin(running);
      done = await engine.run(cell.id, this.edits.codeOf(cell), this.say("cell", { n: cell.n }));
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      if (this.#running === running) this.#broken(cell, error.message);
      return resolve("broken");
    }
    if (this.#running !== running) return resolve("stopped"); // Python was restarted
    this.#end(running, done);
    resolve(done.status);
    this.#next();
  }

  #begin(running) {
    running.began = performance.now();
    running.clock = setInterval(() => this.#state(running.cell, "running", running), 1000);
    running.arming = setTimeout(() => this.#armed(running, true), ARMED_MS);
    this.#state(running.cell, "running");
    this.outputsOf(running.cell).begin();
    this.bar.running(running.cell);
  }

  #end(running, done) {
    const { cell } = running;
    this.#release(running);
    this.#running = null;
    if (done.status !== "stopped") this.outputsOf(cell).end();
    this.bar.ran(cell, done, running.error);
    this.#state(cell, { ok: "ok", error: "failed", stopped: "stopped" }[done.status], done);
    if (done.status !== "ok" && !this.keepGoing) this.#drop();
  }

  /** Nothing ticks for it any more, and its button runs it again. */
  #release(running) {
    for (const timer of [running.clock, running.arming, running.deaf]) clearTimeout(timer);
    this.#armed(running, false);
  }

  #armed({ cell }, stops) {
    const button = cell.bar.firstChild;
    button.classList.toggle("tab-stops", stops);
    button.textContent = this.say(stops ? "stop" : "run");
    button.setAttribute("aria-label", this.say(stops ? "stop_cell" : "run_cell", { n: cell.n }));
  }

  #state(cell, name, { seconds, began } = {}) {
    const s = seconds ?? (began ? (performance.now() - began) / 1000 : 0);
    const word = name === "ok" ? s < QUICK_S && "quick" : name;
    const parts = [word && this.say(word), s >= QUICK_S && this.say("seconds", { s: this.bar.number(s) })].filter(Boolean);
    cell.div.dataset.state = name ?? "";
    cell.state.textContent = parts.join(" · ");
  }

  /** What waits does not run. */
  #drop() {
    for (const [cell, resolve] of this.#queue.splice(0)) {
      this.#state(cell);
      resolve("skipped");
    }
  }

  #pressedAgain() {
    if (performance.now() - this.#running.began > ARMED_MS) this.stop();
  }

  stop() {
    const running = this.#running;
    this.#drop();
    if (!running) return;
    if (!running.clock) {
      // Python is still on its way: nothing runs yet.
      this.#running = null;
      this.#state(running.cell);
      return;
    }
    this.#engine.send({ type: "stop", cell: running.cell.id });
    running.deaf ??= setTimeout(() => this.bar.deaf(running.cell), DEAF_MS);
  }

  /** Ends this Python, whatever it does, and starts another. */
  async restart() {
    const running = this.#running;
    this.#drop();
    this.#running = null;
    if (running) {
      this.#release(running);
      this.#state(running.cell, "stopped");
    }
    this.#engine?.end();
    this.#engine = null;
    this.models.forget();
    this.#shown.clear();
    for (const cell of this.page.cells) if (cell.div.dataset.state) cell.div.dataset.old = "";
    try {
      await this.#started();
      this.bar.restarted();
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.#broken(null, error.message);
    }
  }

  #broken(cell, sentence) {
    if (this.#running) this.#release(this.#running);
    this.#engine = null;
    this.#running = null;
    this.models.forget();
    this.asked = [cell, ...this.#queue.map(([queued]) => queued)].filter(Boolean);
    if (cell) this.#state(cell);
    this.#drop();
    this.bar.broken(sentence);
  }

  #again() {
    if (!this.asked?.length) return this.restart();
    for (const cell of this.asked.splice(0)) this.run(cell);
  }

  #hear(message) {
    if (message.type === "loading") return this.bar.loaded(message);
    if (["arrived", "starting"].includes(message.type)) return this.bar.unpacking();
    if (message.type === "broken" && !this.#running) return this.#broken(null, message.sentence);
    if (message.type === "comm") return this.models.hear(message);
    const cell = this.page.cells.find(({ id }) => id === message.cell);
    if (!cell) return;
    if (message.type === "started") delete cell.div.dataset.old;
    if (message.type === "error" && this.#running?.cell === cell) this.#running.error = message;
    if (["stream", "output", "clear", "error"].includes(message.type)) this.outputsOf(cell).hear(message);
  }
}
