// Python's memory as it was when everything was imported, kept by the browser, so that
// the next chapter need not import it again. It uses options that Pyodide calls private:
// whoever asks must be able to do without.

const NAME = "live-wire-python";

// Another build of anything is another snapshot.
const address = ({ root, files }) =>
  new URL(`snapshot?${files.asm}&${files.wasm}&${files.library}&${files.book}`, root).href;

// Only a secure page has the cache; a browser may forbid it, or be full.
async function trying(doing) {
  try {
    return globalThis.caches && (await doing(globalThis.caches));
  } catch (error) {
    console.info("No snapshot is kept:", error.message);
  }
}

export const kept = (message) =>
  trying(async (caches) => {
    const found = await (await caches.open(NAME)).match(address(message));
    return found && new Uint8Array(await found.arrayBuffer());
  });

export const keep = (message, snapshot) =>
  trying(async (caches) => {
    await caches.delete(NAME); // those of older builds
    await (await caches.open(NAME)).put(address(message), new Response(snapshot));
  });

export const forget = () => trying((caches) => caches.delete(NAME));
