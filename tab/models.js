// The widgets that Python opens: each comm is a model as anywidget's modules expect it.

const dataView = (buffer) => {
  const { buffer: whole, byteOffset = 0 } = ArrayBuffer.isView(buffer) ? buffer : { buffer };
  return new DataView(whole, byteOffset, buffer.byteLength);
};

/** Puts buffers back to where the Jupyter protocol took them out of the state. */
export function withBuffers(state, paths = [], buffers = []) {
  paths.forEach((path, i) => {
    const holder = path.slice(0, -1).reduce((at, key) => at[key], state);
    holder[path.at(-1)] = dataView(buffers[i]);
  });
  return state;
}

const isBinary = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);
const isHolder = (value) => Array.isArray(value) || value?.constructor === Object;

/** Takes them out again: the state without them, where they were, and the buffers. */
export function withoutBuffers(state) {
  const [paths, buffers] = [[], []];
  const plain = (holder, at) => {
    const left = Array.isArray(holder) ? [] : {};
    for (const [name, value] of Object.entries(holder)) {
      const key = Array.isArray(holder) ? Number(name) : name;
      if (isBinary(value)) {
        paths.push([...at, key]);
        buffers.push(dataView(value));
        if (Array.isArray(left)) left[key] = null; // the others keep their places
      } else left[key] = isHolder(value) ? plain(value, [...at, key]) : value;
    }
    return left;
  };
  return { state: plain(state, []), buffer_paths: paths, buffers };
}

export class Model {
  #heard = new Map();
  #changed = {};

  constructor(state, send) {
    this.state = state;
    this.sendToPython = send;
  }

  get(key) {
    return this.state[key];
  }

  set(key, value) {
    if (this.state[key] === value) return;
    this.#changed[key] = value;
    this.take({ [key]: value });
  }

  save_changes() {
    const state = this.#changed;
    this.#changed = {};
    if (!Object.keys(state).length) return;
    const { buffers, ...packed } = withoutBuffers(state);
    this.sendToPython({ method: "update", ...packed }, buffers);
  }

  send(content, callbacks, buffers = []) {
    this.sendToPython({ method: "custom", content }, buffers);
  }

  on(name, run) {
    this.#heard.set(name, [...(this.#heard.get(name) ?? []), run]);
  }

  off(name, run) {
    if (name === undefined) this.#heard.clear();
    else this.#heard.set(name, run ? (this.#heard.get(name) ?? []).filter((f) => f !== run) : []);
  }

  /** New values, from Python or from the page. */
  take(state) {
    Object.assign(this.state, state);
    for (const key of Object.keys(state)) this.emit(`change:${key}`);
    this.emit("change");
  }

  emit(name, ...values) {
    for (const run of this.#heard.get(name) ?? []) run(...values);
  }
}

/** Modules by their source: a page with ten ladders loads one. */
const modules = new Map();

function load(source) {
  if (!modules.has(source)) {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    modules.set(source, import(url).finally(() => URL.revokeObjectURL(url)));
  }
  return modules.get(source);
}

export class Models {
  #all = new Map();

  constructor(send) {
    this.send = send; // a comm message to Python
  }

  has(id) {
    return typeof this.#all.get(id)?.get("_esm") === "string";
  }

  hear({ event, comm, content, buffers = [] }) {
    const data = content?.data ?? {};
    if (event === "open") {
      const state = withBuffers(data.state ?? {}, data.buffer_paths, buffers);
      const send = (told, more = []) =>
        this.send({ type: "comm", event: "msg", comm, content: { comm_id: comm, data: told }, buffers: more });
      this.#all.set(comm, new Model(state, send));
    } else if (event === "close") this.#all.delete(comm);
    else if (data.method === "update") {
      this.#all.get(comm)?.take(withBuffers(data.state, data.buffer_paths, buffers));
    } else if (data.method === "custom") {
      this.#all.get(comm)?.emit("msg:custom", data.content, buffers.map(dataView));
    }
  }

  /** Draws a model into an element; gives the way to close it. */
  async mount(id, el) {
    const model = this.#all.get(id);
    const { default: given } = await load(model.get("_esm"));
    const widget = typeof given === "function" ? await given() : given;
    if (model.get("_css")) {
      const style = document.createElement("style");
      style.textContent = model.get("_css");
      el.append(style);
    }
    const stage = el.appendChild(document.createElement("div"));
    const ended = await widget.initialize?.({ model });
    const closed = await widget.render?.({ model, el: stage });
    return () => {
      closed?.();
      ended?.();
    };
  }

  /** Python is gone: what is drawn stays, and speaks to nobody. */
  forget() {
    for (const model of this.#all.values()) model.sendToPython = () => {};
    this.#all.clear();
  }
}
