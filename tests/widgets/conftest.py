"""Fixtures for the widgets' pages: a server, a browser page, a mounted widget."""

import importlib.util
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.axe import bring_axe, serious

ROOT = Path(__file__).parents[2]
WINDOW = {"width": 800, "height": 900}
PAPER = """
  body { margin: 8px; background: #fffefb; color: #1d2127; }
  [data-theme=dark] body { background: #14171b; color: #e4e2dc; }"""


def extension():
    path = ROOT / "book" / "_ext" / "live_widgets.py"
    spec = importlib.util.spec_from_file_location("live_widgets", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page_of(lang, *parts):
    """A page that holds nothing but widgets, as the book's theme would dress it."""
    bundle = extension()
    sheets = [bundle.FOLDER / f"{name}.css" for name in ("faces", *bundle.names())]
    style = "\n".join(sheet.read_text("utf-8") for sheet in sheets)
    return f"""<!doctype html>
<html lang="{lang}" data-theme="light"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<title>Widgets</title><style>{style}{PAPER}</style>
<script src="live-widgets.js" defer></script></head>
<body><main><h1>Widgets</h1>{"".join(parts)}</main></body></html>"""


MOUNT = """async (source) => {
  const url = `data:text/javascript,${encodeURIComponent(source)}`;
  const { default: widget } = await import(url);
  const state = JSON.parse(document.querySelector(".lw-state").textContent);
  const heard = new Map();
  const model = {
    get: (key) => state[key],
    set(key, value) { state[key] = value; heard.get(`change:${key}`)?.(); },
    on: (name, run) => heard.set(name, run),
    off: (name, run) => heard.get(name) === run && heard.delete(name),
    save_changes() {},
    send: (told) => (window.sent ??= []).push(told),
  };
  const el = document.body.appendChild(document.createElement("div"));
  const cleanUp = widget.render({ model, el });
  window.own = { model, state, heard, el, cleanUp, root: el.firstChild };
}"""


@pytest.fixture(scope="module")
def serve():
    """A way to put a page on 127.0.0.1; gives its address."""
    bundle = extension()
    script = "".join(map(bundle.script_of, bundle.names())) + bundle.host_script()
    files = {"/live-widgets.js": ("text/javascript", script)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            kind, body = files[self.path]
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args):
            pass

    def put(html):
        files["/"] = ("text/html", html)
        return f"http://127.0.0.1:{server.server_port}/"

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield put
        server.shutdown()


def new_page(browser, **options):
    """A page that keeps what it complains of."""
    page = browser.new_context(viewport=WINDOW, **options).new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: page.complaints.append(said.text))
    return page


@pytest.fixture
def visit(browser, windows, serve):
    """A way to open a page of widgets; fails when the page complains.

    Complaints that a test expects it takes from `page.complaints`. What a page cannot
    be rid of again, such as a clock, needs a page of its own: `own=True`.
    """
    opened, owned = [], []

    def page_for(own, options):
        if own:
            owned.append(new_page(browser, **options))
            return owned[-1]
        key = tuple(options.items())
        if key not in windows:
            windows[key] = new_page(browser, **options)
        return windows[key]

    def go(*parts, lang="en", width=WINDOW["width"], alive=True, own=False, **options):
        page = page_for(own, {"java_script_enabled": True} | options)
        size = WINDOW | {"width": width}
        if page.viewport_size != size:
            page.set_viewport_size(size)
        opened.append(page)
        page.goto(serve(page_of(lang, *parts)))
        if alive:
            page.locator(".lw-face").nth(len(parts) - 1).wait_for()
        return page

    yield go
    complaints = []
    for page in opened:
        page.evaluate("0")  # all that it said until now has come
        complaints += page.complaints
        page.complaints = []
        page.unroute_all()
    for page in owned:
        page.context.close()
    assert complaints == []


@pytest.fixture
def mount():
    """A way to mount a widget on a page with a model in the test's hands: `own`."""

    def go(page, name):
        page.evaluate("liveWidgets.close()")
        page.evaluate(MOUNT, (ROOT / "widgets" / f"{name}.js").read_text("utf-8"))
        return page

    return go


@pytest.fixture
def silent():
    """A check that a mounted widget answers to nothing after its clean-up.

    `poke` is a script that touches what is left of it; `later` lets time pass.
    """

    state = "[JSON.stringify(own.state), own.root.innerHTML]"

    def check(page, poke, later=lambda: None):
        page.evaluate("own.cleanUp()")
        before = page.evaluate(state)
        later()
        page.evaluate(poke)
        later()
        assert page.evaluate(state) == before
        assert page.evaluate("[own.heard.size, own.el.children.length]") == [0, 0]

    return check


CUT = """[...document.querySelectorAll(".lw-face :not(.lw-arrow, svg *)")]
    .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
    .map(e => `${e.tagName} ${e.className}: ${e.textContent.slice(0, 40)}`)"""

# With their details unfolded, as a reader may do.
SNAPSHOTS = """() => {
  liveWidgets.close();
  for (const details of document.querySelectorAll("details")) details.open = true;
}"""


@pytest.fixture
def fits():
    """A check that nothing on a page is clipped or makes it wider than its window.

    It looks at the live faces, and then at the snapshots behind them.
    """

    def check(page, snapshots=True):
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert page.evaluate(CUT) == []
        assert not page.evaluate(wide)
        if snapshots:
            page.evaluate(SNAPSHOTS)
            assert not page.evaluate(wide)

    return check


BESIDE = """() => {
  for (const part of document.querySelectorAll(".lw-widget > *")) part.hidden = false;
}"""
DARK = "document.documentElement.dataset.theme = 'dark'"


@pytest.fixture
def accessible():
    """A check by axe, of the live face and of the snapshot, which it shows beside it.

    What the theme changes are the colours: in the dark only they are judged.
    """

    def check(page):
        bring_axe(page)
        page.evaluate(BESIDE)
        assert serious(page) == []
        page.evaluate(DARK)
        assert serious(page, runOnly=["color-contrast"]) == []

    return check
