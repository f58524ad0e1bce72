// The Web Worker in which Python runs: it loads Pyodide, unpacks what the build made
// (tools/build_tab.py), and passes messages between the page and tab/kernel.py.

import { loadPyodide } from "pyodide";
import { forget, keep, kept } from "./snapshot.js";

const BOOK = "/book";
const KEEP_AFTER_MS = 2000;

// ---- Loading: everything starts at once, and what arrived is told to the page.

// The bytes of one gzip file of the build, inflated as they arrive. Its name ends in
// .bin: a host that knew it were gzip would say so, and the browser inflate it first.
async function fetched(url, what) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const total = Number(response.headers.get("Content-Length"));
  let loaded = 0;
  const counting = new TransformStream({
    transform(piece, out) {
      loaded += piece.length;
      postMessage({ type: "loading", what, loaded, total });
      out.enqueue(piece);
    },
  });
  return response.body.pipeThrough(counting).pipeThrough(new DecompressionStream("gzip"));
}

const bytesOf = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer());

// A module whose text was inflated here.
function imported(bytes) {
  const url = URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));
  return import(url).finally(() => URL.revokeObjectURL(url));
}

// A pack is a length, a table {path: size} in JSON, and the files one after the other.
function unpack(FS, pack, folder) {
  const size = new DataView(pack.buffer).getUint32(0);
  const table = JSON.parse(new TextDecoder().decode(pack.subarray(4, 4 + size)));
  const folders = new Set();
  let at = 4 + size;
  for (const [path, length] of Object.entries(table)) {
    const file = `${folder}/${path}`;
    const parent = file.slice(0, file.lastIndexOf("/"));
    if (!folders.has(parent)) FS.mkdirTree(parent);
    folders.add(parent);
    FS.writeFile(file, pack.subarray(at, at + length));
    at += length;
  }
}

async function load({ root, files }, options) {
  const at = (name) => new URL(files[name], root).href;
  const wasm = fetched(at("wasm"), "python");
  const made = fetched(at("asm"), "python").then(bytesOf).then(imported);
  const library = fetched(at("library"), "libraries").then(bytesOf);
  const book = fetched(at("book"), "book").then(bytesOf);
  // Pyodide itself would wait for ever for a file that does not come.
  const lost = new Promise((_, reject) => {
    Promise.all([wasm, made, library, book]).catch(reject);
  });
  // Pyodide asks for two files by names of its own; they are on their way already.
  const own = {
    "pyodide.asm.wasm": async () =>
      new Response(await wasm, { headers: { "Content-Type": "application/wasm" } }),
    "python_stdlib.zip": async () => new Response(await library),
  };
  const plain = globalThis.fetch;
  globalThis.fetch = (url, more) => {
    const name = String(url).split("/").pop();
    return name in own ? own[name]() : plain(url, more);
  };
  try {
    const { default: create } = await made;
    const starting = loadPyodide({
      indexURL: root,
      createPyodideModule: (settings) => grown(create, settings),
      lockFileContents: files.lock,
      enableRunUntilComplete: false,
      env: { PYTHONDONTWRITEBYTECODE: "1" },
      ...options,
    });
    const pyodide = await Promise.race([starting, lost]);
    unpack(pyodide.FS, await book, BOOK);
    return pyodide;
  } finally {
    globalThis.fetch = plain;
  }
}

// Memory as large as the snapshot that is copied into it.
async function grown(create, settings) {
  const module = await create(settings);
  const missing = (settings.INITIAL_MEMORY ?? 0) - module.HEAP8.length;
  if (missing > 0) module._free(module._malloc(missing + 2 ** 20));
  return module;
}

// Python with the kernel and the widgets imported: from the snapshot of an earlier
// start if there is one, or else as the build made it.
async function importedPython(message) {
  const snapshot = await kept(message);
  if (snapshot) {
    try {
      return await load(message, { _loadSnapshot: snapshot });
    } catch (error) {
      console.warn("The snapshot is of no use:", error);
      await forget();
    }
  }
  const pyodide = await load(message, { _makeSnapshot: true });
  postMessage({ type: "starting" });
  pyodide.runPython(`import sys; sys.path.insert(0, "${BOOK}")
import tab.boot, widgets.chapter
`);
  const memory = pyodide.makeMemorySnapshot();
  // Writing it down takes the processor: the reader's first cells come first.
  setTimeout(() => keep(message, memory), KEEP_AFTER_MS);
  return pyodide;
}

// ---- Python's event loop: it says when it wants its next turn.

function turning(takeTurn) {
  const soon = new MessageChannel();
  let timer = 0;
  const turn = () => {
    clearTimeout(timer);
    const seconds = takeTurn();
    if (seconds === 0) soon.port2.postMessage(0);
    else if (seconds !== undefined) timer = setTimeout(turn, Math.ceil(seconds * 1000));
  };
  soon.port1.onmessage = turn;
  return () => soon.port2.postMessage(0);
}

// ---- Starting: the kernel, and from then on every message goes to it.

function toPage(text, buffers) {
  const message = JSON.parse(text);
  if (buffers) message.buffers = buffers;
  postMessage(message);
}

async function start(message) {
  const began = performance.now();
  const pyodide = await importedPython(message);
  const boot = pyodide.pyimport("tab.boot");
  const receive = boot.boot(toPage, message.lang, turning);
  kernel = (said) => {
    const { buffers = [], ...rest } = said;
    receive(JSON.stringify(rest), buffers);
  };
  postMessage({ type: "ready", seconds: (performance.now() - began) / 1000 });
}

let kernel;
onmessage = async ({ data }) => {
  if (data.type !== "start") return kernel(data);
  try {
    await start(data);
  } catch (error) {
    postMessage({ type: "broken", sentence: String(error) });
  }
};
