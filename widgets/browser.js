// A real client in the reader's browser, and beside it what the kernel saw of it:
// labels → pure functions → clients → render → its clean-up.
// It is loaded from a blob URL, so it imports nothing. Received text is only ever
// set as textContent.

const LABELS = {
  en: {
    browser: "Your browser", recordedBrowser: "A browser", kernel: "The kernel", changes: "What the proxy in between changes",
    waiting: "Your browser is about to connect …", talking: "Your browser and the kernel are talking …",
    done: "● Live: your own browser, and the kernel behind this notebook.",
    recorded: (how) => `◌ Recorded: ${how}. In JupyterLab and on Binder, your own browser does it.`,
    none: "◌ Nothing was recorded. In JupyterLab and on Binder, your own browser does it.",
    why: {
      proxy: "This Jupyter server has no jupyter-server-proxy, so your browser cannot reach the kernel.",
      page: "This page does not come from a Jupyter server, so your browser cannot reach the kernel.",
      late: "The server had ended before your browser came: run the cell again.",
    },
    silent: (s) => `nothing more within ${s} s`,
  },
  vi: {
    browser: "Trình duyệt của bạn", recordedBrowser: "Một trình duyệt", kernel: "Kernel", changes: "Proxy ở giữa làm thay đổi những gì",
    waiting: "Trình duyệt của bạn sắp kết nối …", talking: "Trình duyệt của bạn và kernel đang nói chuyện …",
    done: "● Trực tiếp: chính trình duyệt của bạn, với kernel đang chạy notebook này.",
    recorded: (how) => `◌ Bản ghi: ${how}. Trong JupyterLab và trên Binder, chính trình duyệt của bạn kết nối.`,
    none: "◌ Chưa có bản ghi. Trong JupyterLab và trên Binder, chính trình duyệt của bạn kết nối.",
    why: {
      proxy: "Máy chủ Jupyter này không có jupyter-server-proxy nên trình duyệt của bạn không tới được kernel.",
      page: "Trang này không đến từ một máy chủ Jupyter nên trình duyệt của bạn không tới được kernel.",
      late: "Máy chủ đã dừng trước khi trình duyệt của bạn tới: bạn chạy lại ô này là được.",
    },
    silent: (s) => `không có gì thêm trong ${s} giây`,
  },
};
const SILENT_S = 10;

// ---- Values in, values out; Node tests these without a browser.

export const labelsOf = (lang) => LABELS[lang] ?? LABELS.en;

/** Control characters as pictures; characters that cannot be seen as one sign. */
export const visible = (text) =>
  String(text)
    .replace(/[\x00-\x1f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\x7f/g, "\u2421")
    .replace(/[\x80-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, "\ufffd");

/** The base URL out of the text of `jupyter-config-data`; "" where there is none. */
export function baseOf(text) {
  const found = JSON.parse(text || "{}").baseUrl;
  return typeof found === "string" && /^\/(?!\/)/.test(found) ? found.replace(/\/*$/, "/") : "";
}

/** Where the proxy hands on to `port`, as a path: "/user/an/" → "/user/an/proxy/8765/chat". */
export const pathOf = (base, port, target) => `${base}proxy/${port}${target}`;

/** How a value stands in a call: "Xin chào" with its quotes, bytes by their number. */
export const valueText = (value) => (value instanceof ArrayBuffer ? `${value.byteLength} bytes` : JSON.stringify(value));

/** The call that opens the client, as the reader would write it. */
export function callText({ kind, options = {}, target }, path) {
  if (kind === "websocket") return `new WebSocket("…${path}"${options.protocols ? `, ${JSON.stringify(options.protocols)}` : ""})`;
  if (kind === "eventsource") return `new EventSource("…${path}")`;
  const fields = Object.entries({ ...options, path: `…${path}` }).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `io("${target}", { ${fields.join(", ")} })`;
}

/** What a closed WebSocket knows: "close 1005", "close 1006, not clean". */
export const closeText = ({ code, reason, wasClean }) =>
  `close ${code}${reason ? ` ${JSON.stringify(reason)}` : ""}${wasClean ? "" : ", not clean"}`;

// ---- Clients: each notes what it sees, says when it is over, and gives the way to end it.

const CLIENTS = {
  websocket({ client, path, note, over }) {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${path}`, client.options.protocols ?? []);
    socket.binaryType = "arraybuffer";
    const close = () => (note("close", "close()"), socket.close());
    let left = client.expect;
    socket.onopen = () => {
      note("open", `open${socket.protocol ? `, protocol ${valueText(socket.protocol)}` : ""}${socket.extensions ? `, ${socket.extensions}` : ""}`);
      for (const message of client.send) note("send", `send(${valueText(message)})`), socket.send(message);
      if (!left) close();
    };
    socket.onmessage = ({ data }) => (note("message", `message ${valueText(data)}`), --left === 0 && close());
    socket.onerror = () => note("error", "error");
    socket.onclose = (event) => (note("closed", closeText(event)), over());
    return () => socket.close();
  },
  eventsource({ client, path, note, over }) {
    const source = new EventSource(path);
    let left = client.expect;
    const take = ({ type, data, lastEventId }) => {
      note("message", `${type} ${valueText(data)}${lastEventId ? `, lastEventId ${valueText(lastEventId)}` : ""}`);
      if (--left === 0) note("close", "close()"), source.close(), over();
    };
    source.onopen = () => note("open", "open");
    source.onerror = () => (note("error", `error, readyState ${source.readyState}`), source.readyState === 2 && over());
    for (const type of ["message", ...(client.options.events ?? [])]) source.addEventListener(type, take);
    return () => source.close();
  },
  async socketio({ client, path, note, over, library }) {
    const url = URL.createObjectURL(new Blob([library], { type: "text/javascript" }));
    const { io } = await import(url).finally(() => URL.revokeObjectURL(url));
    const socket = io(`${location.origin}${client.target}`, { reconnection: false, ...client.options, path, forceNew: true });
    const close = () => (note("close", "disconnect()"), socket.disconnect());
    let left = client.expect;
    socket.on("connect", () => {
      note("connect", `connect, ${socket.io.engine.transport.name}`);
      for (const args of client.send) note("emit", `emit(${args.map(valueText).join(", ")})`), socket.emit(...args);
      if (!left) close();
    });
    socket.io.engine.on("upgrade", ({ name }) => note("upgrade", `upgrade, ${name}`));
    socket.onAny((...args) => (note("event", args.map(valueText).join(", ")), --left === 0 && close()));
    socket.on("connect_error", ({ message }) => (note("error", `connect_error ${valueText(message)}`), over()));
    socket.on("disconnect", (reason) => (note("closed", `disconnect ${valueText(reason)}`), over()));
    return () => socket.disconnect();
  },
};

/** Opens the reader's client as the kernel asks, and tells the kernel what it sees. */
async function talk(model, signal) {
  const seen = [];
  // Not as traits: those wait until the kernel has finished its cells.
  const tell = (state, why = "") => model.send({ state, why, seen });
  const client = model.get("client");
  model.set("state", "talking"); // another view of this output shall not open a second client
  const base = baseOf(document.getElementById("jupyter-config-data")?.textContent);
  if (!base) return tell("recorded", "page");
  const proxy = await fetch(`${base}server-proxy/servers-info`, { signal }).catch(() => null);
  if (!proxy?.ok) return tell("recorded", "proxy");

  const path = pathOf(base, model.get("port"), client.kind === "socketio" ? "/socket.io/" : client.target);
  let [over, timer, end] = [null, 0, null];
  const finished = new Promise((resolve) => (over = resolve));
  const note = (kind, text) => {
    clearTimeout(timer);
    timer = setTimeout(() => (note("error", labelsOf(model.get("lang")).silent(SILENT_S)), over()), SILENT_S * 1000);
    seen.push({ kind, text });
    tell("talking");
  };
  signal.addEventListener("abort", over);
  note("new", callText(client, path));
  try {
    end = await CLIENTS[client.kind]({ client, path, note, over, library: model.get("library") });
    await finished;
  } catch (error) {
    note("error", String(error));
  } finally {
    end?.();
    clearTimeout(timer);
    tell("done");
  }
}

// ---- Render

function element(name, className, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = visible(text);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
function drawTable(rows, heads) {
  const table = element("table", "lw-exchange");
  const head = table.createTHead().insertRow();
  for (const text of heads) head.append(text ? element("th", "", text, { scope: "col" }) : element("td", "lw-way"));
  const body = table.createTBody();
  for (const { way, browser, kernel } of rows) {
    const [row, told] = [body.insertRow(), element("td", "lw-kernel")];
    row.dataset.way = way;
    for (const line of kernel) told.append(element("div", "", line));
    row.append(element("td", "lw-saw", browser), element("td", "lw-way", way === "client" ? "→" : "←"), told);
  }
  return table;
}

function render({ model, el }) {
  const stop = new AbortController();
  const [root, title, parts, changes, list] = [["div", "lw-face lw-browser"], ["div", "lw-title"], ["div", "lw-parts"], ["details", "lw-changes"], ["ul", ""]].map(([tag, name]) => element(tag, name));
  const [state, why, summary] = [element("p", "lw-told", "", { role: "status" }), element("p", "lw-told lw-hint"), element("summary", "")];

  function draw() {
    const [words, now, recording] = [labelsOf(model.get("lang")), model.get("state"), model.get("recording")];
    const isRecorded = now === "recorded";
    const how = isRecorded ? (recording.how ? words.recorded(recording.how) : words.none) : words[now];
    const rows = isRecorded ? recording.rows ?? [] : model.get("rows");
    root.lang = model.get("lang");
    title.textContent = visible(model.get("title"));
    title.hidden = !model.get("title");
    if (state.textContent !== visible(how)) state.textContent = visible(how);
    why.textContent = words.why[model.get("why")] ?? "";
    why.hidden = !isRecorded || !why.textContent;
    summary.textContent = words.changes;
    list.replaceChildren(...model.get("changes").map((text) => element("li", "", text)));
    parts.replaceChildren(drawTable(rows, [isRecorded ? words.recordedBrowser : words.browser, "", words.kernel]));
    parts.hidden = !rows.length;
  }

  root.dataset.lmSuppressShortcuts = "true";
  changes.append(summary, list);
  root.append(title, state, why, parts, changes);
  el.append(root);
  draw();
  const events = ["lang", "title", "state", "why", "rows", "recording", "changes"].map((name) => `change:${name}`);
  for (const name of events) model.on(name, draw);
  if (model.get("state") === "waiting") talk(model, stop.signal);
  return () => {
    for (const name of events) model.off(name, draw);
    stop.abort();
    root.remove();
  };
}

export default { render };
