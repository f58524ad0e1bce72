// The Web Worker in which Python runs: it loads Pyodide, unpacks what the build made
// (tools/build_tab.py), and passes messages between the page and tab/kernel.py.

const LIBRARIES = "/lib/libraries.zip";
const BOOK = "/book";

// ---- Loading: everything starts at once, and what arrived is told to the page.

function telling(what) {
  let loaded = 0;
  return (size, total) => {
    loaded += size;
    postMessage({ type: "loading", what, loaded, total });
  };
}

// The bytes of one gzip file of the build, inflated as they arrive. Its name ends in
// .bin: a host that knew it were gzip would say so, and the browser inflate it first.
async function fetched(url, what) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const total = Number(response.headers.get("Content-Length"));
  const tell = telling(what);
  const counting = new TransformStream({
    transform(piece, out) {
      tell(piece.length, total);
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
  let at = 4 + size;
  for (const [path, length] of Object.entries(table)) {
    const file = `${folder}/${path}`;
    FS.mkdirTree(file.slice(0, file.lastIndexOf("/")));
    FS.writeFile(file, pack.subarray(at, at + length));
    at += length;
  }
}

async function load({ root, files }) {
  const at = (name) => new URL(files[name], root).href;
  const wasm = fetched(at("wasm"), "python");
  const library = fetched(at("stdlib"), "python").then(bytesOf);
  const libraries = fetched(at("libraries"), "libraries").then(bytesOf);
  const book = fetched(at("book"), "book").then(bytesOf);
  const made = fetched(at("asm"), "python").then(bytesOf).then(imported);
  // Pyodide itself would wait for ever for a file that does not come.
  const lost = new Promise((_, reject) => {
    Promise.all([wasm, library, libraries, book, made]).catch(reject);
  });
  const { loadPyodide } = await import(at("pyodide"));
  // Pyodide asks for two files by names of its own; they are on their way already.
  const own = {
    "pyodide.asm.wasm": async () =>
      new Response(await wasm, { headers: { "Content-Type": "application/wasm" } }),
    "python_stdlib.zip": async () => new Response(await library),
  };
  const plain = globalThis.fetch;
  globalThis.fetch = (url, options) => {
    const name = String(url).split("/").pop();
    return name in own ? own[name]() : plain(url, options);
  };
  const starting = loadPyodide({
    indexURL: root,
    createPyodideModule: (await made).default,
    lockFileContents: files.lock,
    enableRunUntilComplete: false,
    env: { PYTHONDONTWRITEBYTECODE: "1" },
  });
  const pyodide = await Promise.race([starting, lost]);
  globalThis.fetch = plain;
  pyodide.FS.writeFile(LIBRARIES, await libraries, { canOwn: true });
  unpack(pyodide.FS, await book, BOOK);
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
  const pyodide = await load(message);
  postMessage({ type: "starting" });
  pyodide.runPython(`import sys; sys.path[:0] = ["${BOOK}", "${LIBRARIES}"]`);
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
