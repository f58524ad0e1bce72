"""A second start uses Python's memory as the first one left it, or does without."""

import pytest

pytestmark = pytest.mark.chromium
IMPORTED = "import sys\n'widgets.chapter' in sys.modules"
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys())
      found.push([request.url, (await (await cache.match(request)).blob()).size]);
  }
  return found;
}"""
# Writing it down goes on after the start; the memory comes last.
WHOLE = f"""async () => {{
  let found = [];
  while (!found.some(([url, size]) => url.includes("/snapshot?") && size > 1e7)) {{
    await new Promise((later) => setTimeout(later, 50));
    found = await ({KEPT})();
  }}
  return found;
}}"""
SPOIL = """async (what) => {
  const [name] = await caches.keys();
  const cache = await caches.open(name);
  const { url } = (await cache.keys()).find(({ url }) => url.includes(`/${what}?`));
  const headers = { "Content-Type": "application/wasm" };
  await cache.put(url, new Response("spoilt", { headers }));
}"""
COMPILE_AGAIN = "import('/drive.js').then(({ Tab }) => { Tab.compiled = undefined })"
FORGET = "async () => { for (const n of await caches.keys()) await caches.delete(n); }"
NOTHING = "Object.defineProperty(globalThis, 'caches', { value: undefined });"


def said(page):
    return page.evaluate("tab.said")


def text(done):
    return done["outputs"][-1]["data"]["text/plain"]


@pytest.fixture
def once(page, tab):
    """A first start, whose snapshot is kept; its `run`."""
    page.evaluate(FORGET)
    run = tab()
    page.evaluate(WHOLE)
    yield run
    page.evaluate(FORGET)


def test_a_second_start_when_a_snapshot_is_kept_imports_nothing(page, once, tab):
    assert "starting" in said(page)
    drawn = text(once("draw", DRAW))
    again = tab()
    assert "starting" not in said(page)
    assert text(again("imported", IMPORTED)) == "True"
    assert text(again("talk", TALK)) == "'Xin chào'"
    assert text(again("draw", DRAW)) != drawn


DRAW = "import random\nrandom.random()"
TALK = """
from servers.live.ws_client import connecting
from servers.live.ws_server import serving
async with serving() as server, connecting(server.url()) as ws:
    await ws.send("Xin chào")
    heard = await ws.receive()
heard
"""


@pytest.mark.parametrize("what", ["snapshot", "wasm"])
def test_what_is_kept_when_spoilt_is_replaced(page, once, tab, what):
    before = page.evaluate(KEPT)
    assert len(before) == 2
    page.evaluate(SPOIL, what)
    page.evaluate(COMPILE_AGAIN)
    assert text(tab()("imported", IMPORTED)) == "True"
    assert "starting" in said(page)
    assert page.evaluate(WHOLE) == before


def test_a_restart_when_the_page_has_compiled_does_not_ask_again(page, once, tab):
    asked = []
    page.evaluate(FORGET)
    page.on("request", lambda request: asked.append(request.url))
    assert text(tab()("imported", IMPORTED)) == "True"
    assert any("/library-" in url for url in asked)
    assert not any("/wasm-" in url for url in asked)


def test_a_browser_when_it_keeps_nothing_starts_all_the_same(page, tab):
    page.evaluate(FORGET)
    assert text(tab(first=NOTHING)("talk", TALK)) == "'Xin chào'"
    assert page.evaluate(KEPT) == []
