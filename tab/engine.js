// Python in its worker, as the page sees it: started once, asked cell by cell, ended.

/** What could not start, with the sentence for the reader. */
export class Broken extends Error {}

/**
 * A worker from a blob: it then obeys this page's content security policy, which lets
 * nothing leave this site. One from an address would obey what its own response says.
 */
function workerFrom(address) {
  const source = `import ${JSON.stringify(address)};`;
  const blob = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(blob, { type: "module", name: "python" });
  return [worker, () => URL.revokeObjectURL(blob)];
}

export class Engine {
  /**
   * @param config what the page was told: the tab's folder, its files, the language
   * @param hear gets every message of the worker that is not an answer to a call here
   * @param failed the sentence for a Python that does not start; the worker may add why
   */
  constructor(config, hear, failed) {
    const root = new URL(config.root, location).href;
    const [worker, forget] = workerFrom(new URL(config.files.worker, root).href);
    this.worker = worker;
    this.asked = new Map(); // cell id → what waits for its `done`
    this.ready = new Promise((resolve, reject) => {
      const breakWith = (sentence) => {
        forget();
        reject(new Broken(sentence));
        this.end(new Broken(sentence));
        hear({ type: "broken", sentence });
      };
      worker.onerror = (event) => {
        event.preventDefault(); // the page says it, the console need not
        breakWith(failed);
      };
      worker.onmessage = ({ data }) => {
        if (data.type === "compiled") config.compiled = data.module;
        else if (data.type === "ready") {
          forget();
          resolve(data.seconds);
        } else if (data.type === "broken") breakWith(data.sentence ? `${failed} (${data.sentence})` : failed);
        else if (data.type === "done") {
          this.asked.get(data.cell)?.resolve(data);
          this.asked.delete(data.cell);
        } else hear(data);
      };
    });
    const { files, lang, compiled } = config;
    this.send({ type: "start", root, files, lang, compiled });
  }

  send(message, buffers = []) {
    this.worker.postMessage(message, buffers);
  }

  /** Runs a cell; gives its `done` message, or null when Python was ended before. */
  run(cell, code, name) {
    return new Promise((resolve, reject) => {
      this.asked.set(cell, { resolve, reject });
      this.send({ type: "run", cell, code, name });
    });
  }

  /** Ends Python; `error` when that was not our wish. */
  end(error) {
    this.worker.terminate();
    for (const { resolve, reject } of this.asked.values()) error ? reject(error) : resolve(null);
    this.asked.clear();
  }
}
