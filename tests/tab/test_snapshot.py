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
# Writing it down goes on after the start.
WHOLE = f"""async () => {{
  let found = [];
  while (!(found[0]?.[1] > 1e7)) {{
    await new Promise((later) => setTimeout(later, 50));
    found = await ({KEPT})();
  }}
  return found;
}}"""
SPOIL = """async (url) => {
  const [name] = await caches.keys();
  await (await caches.open(name)).put(url, new Response("spoilt"));
}"""
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


def test_a_snapshot_when_spoilt_is_replaced(page, once, tab):
    ((address, size),) = page.evaluate(KEPT)
    page.evaluate(SPOIL, address)
    assert text(tab()("imported", IMPORTED)) == "True"
    assert "starting" in said(page)
    assert page.evaluate(WHOLE) == [[address, size]]


def test_a_browser_when_it_keeps_nothing_starts_all_the_same(page, tab):
    page.evaluate(FORGET)
    assert text(tab(first=NOTHING)("talk", TALK)) == "'Xin chào'"
    assert page.evaluate(KEPT) == []
