// The Web Worker in which Python runs: it loads Pyodide, unpacks what the build made
// (tools/build_tab.py), and passes messages between the page and tab/kernel.py.

import { loadPyodide } from "pyodide";
import { forget, keep, kept } from "./snapshot.js";

const BOOK = "/book";
const KEEP_AFTER_MS = 2000;

// ---- Loading: everything starts at once, and what arrived is told to the page.

// The bytes of one file of the build as they arrive.
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
  return response.body.pipeThrough(counting);
}

// They are gzip files, and their names end in .bin: a host that knew it were gzip would
// say so, and the browser inflate them first.
const inflated = (stream) => stream.pipeThrough(new DecompressionStream("gzip"));
const wasmOf = (stream) => new Response(stream, { headers: { "Content-Type": "application/wasm" } });

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

// What a start needs, all of it on its way at once: promises, and one that breaks with
// the first of them. Pyodide itself would wait for ever for a file that does not come.
function partsOf({ root, files, compiled }, wasm) {
  const get = (name, what) => fetched(new URL(files[name], root).href, what).then(inflated);
  const parts = {
    // Compiled while the rest comes, unless this page has done it before.
    module: compiled ?? WebAssembly.compileStreaming(wasm ?? get("wasm", "python").then(wasmOf)),
    made: get("asm", "python").then(bytesOf).then(imported),
    library: get("library", "libraries").then(bytesOf),
    book: get("book", "book").then(bytesOf),
  };
  const here = () => postMessage({ type: "arrived" });
  const lost = new Promise((_, reject) => Promise.all(Object.values(parts)).then(here, reject));
  lost.catch(() => {}); // whoever waits for it hears it
  return { ...parts, lost };
}

async function load({ root, files }, parts, options) {
  // Pyodide asks for two files by names of its own; they are on their way already.
  const own = {
    "pyodide.asm.wasm": async () => null,
    "python_stdlib.zip": async () => new Response(await parts.library),
  };
  const { fetch, WebAssembly } = globalThis;
  const { instantiateStreaming } = WebAssembly;
  globalThis.fetch = (url, more) => {
    const name = String(url).split("/").pop();
    return name in own ? own[name]() : fetch(url, more);
  };
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const module = await parts.module;
    postMessage({ type: "compiled", module }); // the page's next start need not do it
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  try {
    const { default: create } = await Promise.race([parts.made, parts.lost]);
    const starting = loadPyodide({
      indexURL: root,
      createPyodideModule: (settings) => grown(create, settings),
      lockFileContents: files.lock,
      enableRunUntilComplete: false,
      env: { PYTHONDONTWRITEBYTECODE: "1" },
      ...options,
    });
    const pyodide = await Promise.race([starting, parts.lost]);
    unpack(pyodide.FS, await parts.book, BOOK);
    return pyodide;
  } finally {
    globalThis.fetch = fetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
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
  const before = await kept(message);
  if (before) {
    try {
      const parts = partsOf(message, before.wasm);
      return await load(message, parts, { _loadSnapshot: bytesOf(before.snapshot.body) });
    } catch (error) {
      console.warn("The snapshot is of no use:", error);
      await forget(message);
    }
  }
  const pyodide = await load(message, partsOf(message), { _makeSnapshot: true });
  postMessage({ type: "starting" });
  pyodide.runPython(`import sys; sys.path.insert(0, "${BOOK}")
import tab.boot, widgets.chapter
`);
  const memory = pyodide.makeMemorySnapshot();
  // Writing it down takes the processor: the reader's first cells come first.
  setTimeout(() => keep(message, memory, wasmAgain), KEEP_AFTER_MS);
  return pyodide;
}

// The same file once more, out of the browser's own cache.
const wasmAgain = ({ root, files }) =>
  fetch(new URL(files.wasm, root), { cache: "force-cache" }).then(({ body }) => wasmOf(inflated(body)));

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
