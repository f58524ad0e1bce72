// The service worker of the site: with the network off, what was kept answers. Pages and
// their parts come from the network first, so a new edition is seen at once; what lies in
// tab/ has a hash in its name and never changes, so it comes from here first.
// What is kept belongs to one build of the tab; the next build that somebody runs
// replaces it. Caches are shared by a whole host: the names begin with this site's address.

const HOME = self.registration.scope;
const PREFIX = `live-wire ${HOME} `;
const NOWHERE = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Live Wire</title><p>You are offline, and this page was not kept: only pages that you opened after running a cell are.
<p lang="vi">Bạn đang ngoại tuyến, và trang này chưa được lưu: chỉ những trang bạn mở sau khi đã chạy một ô mới có ở đây.`;

const ours = async () => (await caches.keys()).filter((name) => name.startsWith(PREFIX));

async function put(name, request, response) {
  if (response.status !== 200 || response.type !== "basic") return;
  await (await caches.open(name)).put(request, response);
}

/** Keeps the files of a build, and nothing of an older one. */
async function keep({ build, urls }) {
  const name = PREFIX + build;
  const cache = await caches.open(name);
  for (const url of urls) {
    if (url.startsWith(`${HOME}tab/`) && (await cache.match(url))) continue;
    // Most of it was loaded a moment ago: the browser need not ask again.
    await put(name, url, await fetch(url, { cache: "force-cache" }));
  }
  for (const old of await ours()) if (old !== name) await caches.delete(old);
  return (await cache.keys()).length;
}

async function fromNetworkFirst(request, event) {
  try {
    const response = await fetch(request);
    const [name] = await ours();
    if (name) event.waitUntil(put(name, request, response.clone()));
    return response;
  } catch (error) {
    const kept = await caches.match(request);
    if (kept) return kept;
    if (request.mode !== "navigate") throw error;
    return new Response(NOWHERE, { status: 503, headers: { "Content-Type": "text/html" } });
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (event.data.type === "keep") event.waitUntil(keep(event.data).then((count) => event.ports[0].postMessage(count)));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(HOME)) return;
  if (!request.url.startsWith(`${HOME}tab/`)) event.respondWith(fromNetworkFirst(request, event));
  else event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
});
