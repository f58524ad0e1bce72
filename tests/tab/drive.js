// A page of the tests: one worker at a time, and what its cells show, as a notebook
// stores it. The published page is tab/page.js.

export class Tab {
  static compiled; // by the first start, for the others: as the published page restarts

  // `first`: a script that the worker runs before its own.
  constructor(root, files, lang, first = "") {
    this.cells = new Map();
    this.displays = new Map();
    this.waiting = new Map();
    this.said = [];
    this.comms = new Map();
    // From a blob, as on the published page: such a worker has the page's CSP.
    const blobOf = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const own = new URL(files.worker, root).href;
    const blob = blobOf([blobOf(first), own].map((url) => `import "${url}";`).join("\n"));
    this.worker = new Worker(blob, { type: "module" });
    this.worker.onmessage = ({ data }) => this.take(data);
    this.worker.onerror = (event) => this.take({ type: "broken", sentence: event.message });
    this.ready = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.worker.postMessage({ type: "start", root, files, lang, compiled: Tab.compiled });
  }

  run(cell, code, name) {
    this.cells.set(cell, []);
    const done = new Promise((resolve) => this.waiting.set(cell, resolve));
    this.worker.postMessage({ type: "run", cell, code, name });
    return done.then((status) => ({ status, outputs: this.cells.get(cell) }));
  }

  take(message) {
    if (message.type !== "stream") this.said.push(message.type);
    this[`on_${message.type}`]?.(message);
  }

  on_compiled({ module }) { Tab.compiled = module; }
  on_ready() { this.resolve(); }
  on_broken({ sentence }) { this.reject(new Error(sentence)); }

  on_stream({ cell, name, text }) {
    const outputs = this.cells.get(cell);
    const last = outputs.at(-1);
    if (last?.name === name) last.text += text;
    else outputs.push({ output_type: "stream", name, text });
  }

  on_output({ cell, kind, data, metadata, display_id, update }) {
    const shown = this.displays.get(display_id);
    if (update) return Object.assign(shown, { data, metadata });
    const output_type = kind === "result" ? "execute_result" : "display_data";
    const output = { output_type, data, metadata };
    if (display_id) this.displays.set(display_id, output);
    this.cells.get(cell).push(output);
  }

  on_clear({ cell }) { this.cells.set(cell, []); }
  on_comm(message) { this.comms.set(message.comm, message); }

  on_error({ cell, name, message, traceback, line }) {
    this.cells.get(cell).push({ output_type: "error", name, message, traceback, line });
  }

  on_done({ cell, status }) { this.waiting.get(cell)(status); }
}
