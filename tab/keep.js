// After the first Run: everything that this page needs stays in the browser, so that it
// works with the network off. A page that nobody runs keeps nothing.

/** What the page has loaded from this site. */
function loaded(home) {
  const names = performance.getEntriesByType("resource").map(({ name }) => name);
  return [location.href.split("#")[0], ...names.filter((name) => name.startsWith(home))];
}

export async function keepForLater({ home, root, build, kept }) {
  if (!navigator.serviceWorker) return; // a plain http address that is not this machine
  const base = new URL(home, location).href;
  const folder = new URL(root, location).href;
  try {
    await navigator.serviceWorker.register(new URL("offline.js", base));
  } catch (error) {
    console.warn("This page is not kept for later:", error);
    return;
  }
  const { active } = await navigator.serviceWorker.ready;
  const files = kept.map((name) => new URL(name, folder).href);
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => (document.documentElement.dataset.kept = data);
  active.postMessage({ type: "keep", build, urls: [...new Set([...loaded(base), ...files])] }, [channel.port2]);
}
