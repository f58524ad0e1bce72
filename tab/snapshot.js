// What an earlier start left in the browser, so that the next chapter starts sooner:
// Python's memory as it was when everything was imported, and the inflated WebAssembly.
// The memory uses options that Pyodide calls private: whoever asks must be able to do
// without.

// A host may hold several books; another build of anything is another snapshot.
const nameOf = ({ root }) => `live-wire-python ${root}`;
const address = (what, { root, files }) =>
  new URL(`${what}?${files.asm}&${files.wasm}&${files.library}&${files.book}`, root).href;

// Only a secure page has the cache; a browser may forbid it, or be full.
async function trying(doing) {
  try {
    return globalThis.caches && (await doing(globalThis.caches));
  } catch (error) {
    console.info("No snapshot is kept:", error.message);
  }
}

/** `{ snapshot, wasm }`: two responses; or nothing. */
export const kept = (message) =>
  trying(async (caches) => {
    const cache = await caches.open(nameOf(message));
    const found = ["snapshot", "wasm"].map((what) => cache.match(address(what, message)));
    const [snapshot, wasm] = await Promise.all(found);
    return snapshot && { snapshot, wasm };
  });

/** @param wasm gives the response that holds it, inflated */
export const keep = (message, snapshot, wasm) =>
  trying(async (caches) => {
    await caches.delete(nameOf(message)); // those of older builds
    const cache = await caches.open(nameOf(message));
    await cache.put(address("wasm", message), await wasm(message));
    await cache.put(address("snapshot", message), new Response(snapshot));
  });

export const forget = (message) => trying((caches) => caches.delete(nameOf(message)));
