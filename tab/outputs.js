// What a cell printed, showed and raised: kept as nbformat has it, and drawn. What the
// published page shows stays until something new comes.
//
// Text is set as text. An image is an <img>, where no script runs. `text/html` is what
// Python code made, and that may hold what came from a network: DOMPurify takes out
// scripts, handlers, forms, frames and styles that reach outside; the policy of the page
// lets nothing load from elsewhere; and the box around it lets nothing out of it.

const VIEW = "application/vnd.jupyter.widget-view+json";
const MOST = 100_000; // characters that one output keeps
const ANSI = /\x1b\[[0-9;]*m/g; // eslint-disable-line no-control-regex
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/svg+xml"];

const joined = (value) => (Array.isArray(value) ? value.join("") : value);

/** A stream's text as a terminal would leave it: \r goes back to the start of the line. */
const settled = (text) => text.replace(/\r\n/g, "\n").replace(/^.*\r(?=.)/gm, "");

/** The end of a text that is too long, and how much was left out. */
export function trimmed(text, most = MOST) {
  if (text.length <= most) return { text, out: 0 };
  const from = text.indexOf("\n", text.length - most) + 1 || text.length - most;
  return { text: text.slice(from), out: from };
}

async function pure(html) {
  const { default: DOMPurify } = await import("dompurify");
  return DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true, svg: true, svgFilters: true },
    FORBID_TAGS: ["style", "form", "a"],
    FORBID_ATTR: ["id", "name", "srcset"],
    RETURN_DOM_FRAGMENT: true,
  });
}

export class Outputs {
  /**
   * @param cell of the page
   * @param models the widgets
   * @param shown display_id → outputs that show it, on the whole page
   */
  constructor(cell, models, shown, say) {
    Object.assign(this, { cell, models, shown, say, list: [], fresh: false, frame: 0 });
  }

  /** A run begins; what is shown stays until its first output. */
  begin() {
    this.fresh = true;
  }

  /** The run is over; a cell that now shows nothing shows nothing. */
  end() {
    if (this.fresh) this.clear();
  }

  clear() {
    this.fresh = false;
    for (const { close, display_id } of this.list) {
      close?.();
      if (display_id) this.shown.set(display_id, this.shown.get(display_id).filter(([outputs]) => outputs !== this));
    }
    this.list = [];
    markLine(this.cell, 0);
    const box = this.cell.div.querySelector(":scope > .cell_output");
    if (box) window.liveWidgets?.close(box);
    box?.remove();
    this.box = null;
  }

  hear(message) {
    if (message.type === "clear") {
      if (message.wait) this.fresh = true;
      else this.clear();
      return;
    }
    if (message.update) return this.update(message);
    if (this.fresh) this.clear();
    if (message.type === "stream") this.stream(message);
    else if (message.type === "error") this.error(message);
    else this.show(message);
  }

  stream({ name, text }) {
    let entry = this.list.at(-1);
    if (entry?.output.output_type !== "stream" || entry.output.name !== name) {
      entry = this.add({ output_type: "stream", name, text: "" });
      entry.out = 0;
    }
    const { text: kept, out } = trimmed(entry.output.text + text);
    entry.output.text = kept;
    entry.out += out;
    this.later(entry);
  }

  error({ name, message, traceback, line }) {
    this.later(this.add({ output_type: "error", ename: name, evalue: message, traceback }));
    markLine(this.cell, line);
  }

  show({ kind, data, metadata = {}, display_id }) {
    const output_type = kind === "result" ? "execute_result" : "display_data";
    const entry = this.add({ output_type, data, metadata });
    if (display_id) {
      entry.display_id = display_id;
      this.shown.set(display_id, [...(this.shown.get(display_id) ?? []), [this, entry]]);
    }
    this.later(entry);
  }

  update({ data, metadata = {}, display_id }) {
    for (const [outputs, entry] of this.shown.get(display_id) ?? []) {
      Object.assign(entry.output, { data, metadata });
      outputs.later(entry);
    }
  }

  add(output) {
    if (!this.box) {
      this.box = this.cell.div.appendChild(document.createElement("div"));
      this.box.className = "cell_output docutils container";
    }
    const element = this.box.appendChild(document.createElement("div"));
    const entry = { output, element };
    this.list.push(entry);
    return entry;
  }

  /** Draws what changed, at most once a frame however much was printed. */
  later(entry) {
    entry.stale = true;
    this.frame ||= setTimeout(() => {
      this.frame = 0;
      for (const one of this.list) if (one.stale) this.draw(one);
    }, 16); // not a frame: those do not come while the tab is behind another
  }

  draw(entry) {
    entry.stale = false;
    const { output, element } = entry;
    if (output.output_type === "stream") {
      this.drawText(element, output.name === "stderr" ? "stderr" : "stream", settled(output.text), entry.out);
    } else if (output.output_type === "error") {
      const lines = output.traceback.length ? output.traceback : [`${output.ename}: ${output.evalue}`];
      this.drawText(element, "traceback", lines.join("\n").replace(ANSI, ""));
    } else this.drawBundle(entry);
  }

  drawBundle(entry) {
    const { output: { data }, element } = entry;
    const id = data[VIEW]?.model_id;
    if (entry.view && entry.view === id) return; // it lives, and follows its model
    entry.close?.();
    entry.close = entry.view = null;
    if (this.models.has(id)) {
      entry.view = id;
      element.className = "output text_html";
      element.replaceChildren();
      const text = joined(data["text/plain"] ?? "");
      entry.close = closing(this.models.mount(id, element), text, (kept) => this.drawText(element, "text_plain", kept));
      return;
    }
    const image = IMAGES.find((kind) => data[kind]);
    if (data["text/html"]) {
      element.className = "output text_html tab-foreign";
      const html = joined(data["text/html"]);
      entry.html = html;
      pure(html).then((nodes) => entry.html === html && element.replaceChildren(nodes));
    } else if (image) {
      const img = document.createElement("img");
      const source = joined(data[image]);
      img.src = `data:${image}${image === "image/svg+xml" ? `,${encodeURIComponent(source)}` : `;base64,${source}`}`;
      img.alt = joined(data["text/plain"] ?? "");
      element.className = "output";
      element.replaceChildren(img);
    } else {
      entry.html = null;
      this.drawText(element, "text_plain", joined(data["text/plain"] ?? ""));
    }
  }

  /** The end of a text; a note says how much is left out before it. */
  drawText(element, kind, text, before = 0) {
    const { text: kept, out } = trimmed(text);
    const note = before + out ? `${this.say("trimmed", { n: before + out })}\n` : "";
    drawText(element, kind, note + kept);
  }

  /** As a notebook would store them. */
  toJSON() {
    return this.list.map(({ output }) => structuredClone(output));
  }
}

/** The way to close a widget that may still be opening; one that fails stays text. */
function closing(mounting, text, draw) {
  const opened = mounting.catch((error) => {
    console.error("This widget stays text:", error);
    draw(text);
  });
  return () => opened.then((close) => close?.());
}

/** Marks the line of the reader's code that an error points at; 0 or null: none. */
function markLine({ input }, line) {
  input.classList.toggle("tab-has-error", Boolean(line));
  input.style.setProperty("--tab-error-line", line || 0);
}

function drawText(element, kind, text) {
  element.hidden = !text.trim();
  element.className = `output ${kind}`;
  if (element.firstChild?.className !== "highlight") {
    const frame = document.createElement("div");
    frame.className = "highlight";
    frame.append(document.createElement("pre"));
    element.replaceChildren(frame);
  }
  element.firstChild.firstChild.textContent = text;
}
