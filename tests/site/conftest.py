"""The built site, served from a sub-folder as a real host might."""

import gzip
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]
FOLDER = "/courses/live-wire"  # nothing outside it is served: links must be relative
COMPRESSED = (".woff2", ".png", ".jpg", ".webp", ".avif")


class SiteHandler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep-alive: a page is 16 requests

    def __init__(self, *args):
        super().__init__(*args, directory=ROOT / "_build" / "site")

    def translate_path(self, path):
        if not path.startswith(f"{FOLDER}/"):
            return "/nonexistent"
        return super().translate_path(path.removeprefix(FOLDER))

    def log_message(self, *args):
        pass


def build_site(*options, root=ROOT):
    command = [sys.executable, str(root / "tools" / "build_site.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def build_once(tmp_path_factory):
    """Build the site; return its folder. The first test process does it for all."""
    done = tmp_path_factory.getbasetemp().parent / "site.built"
    with FileLock(f"{done}.lock", timeout=300):
        if not done.exists() or "PYTEST_XDIST_WORKER" not in os.environ:
            result = build_site()
            assert result.returncode == 0, result.stdout + result.stderr
            done.touch()
    return ROOT / "_build" / "site"


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    return build_once(tmp_path_factory)


@contextmanager
def serving():
    """Serve the site; give its address, without the closing slash."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SiteHandler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{FOLDER}"
        server.shutdown()


@pytest.fixture(scope="session")
def site(built):
    with serving() as address:
        yield address


@dataclass
class Visit:
    """What happened while a page loaded, and what it held then."""

    url: str
    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)
    weight: int = 0
    lang: str = ""
    alternates: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)
    empty_outputs: int = 0
    strings: list = field(default_factory=list)
    width_at_360: int = 0
    cut_at_360: list = field(default_factory=list)


# Every string of the page that is not the page's text.
UI_STRINGS = """() => {
  const found = [];
  const TEXT = "article section, article dl, script, style, code, nav.page-toc";
  const outside = (el) => !el.closest(TEXT);
  for (const el of document.querySelectorAll("body *"))
    if (outside(el))
      for (const name of ["title", "aria-label", "placeholder", "alt", "data-bs-title"])
        found.push(el.getAttribute(name));
  for (const el of document.querySelectorAll("a.headerlink, .lw-copy"))
    found.push(el.getAttribute("title"), el.matches(".lw-copy") && el.textContent);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (outside(walker.currentNode.parentElement)) found.push(walker.currentNode.data);
  return found.filter(Boolean).map((text) => text.trim()).filter(Boolean);
}"""

# What of the toolbar lies outside the window.
CUT = """() => [...document.querySelectorAll(".bd-header-article :is(a, button)")]
  .filter((el) => el.checkVisibility())
  .map((el) => [el.outerHTML, el.getBoundingClientRect()])
  .filter(([, box]) => box.left < 0 || box.right > innerWidth)
  .map(([html]) => html)"""

# Where the toolbar leads.
LINKS = """() => Object.fromEntries(
  [["twin", ".lw-languages a"], ["notebook", ".lw-actions a[download]"],
   ["launch", ".lw-actions a[href*=binder]"]]
  .map(([name, path]) => [name, document.querySelector(path)?.href]))"""

EMPTY_OUTPUTS = """[...document.querySelectorAll(".cell_output .output.text_plain")]
  .filter((shown) => !shown.textContent.trim()).length"""

ALTERNATES = """() => Object.fromEntries(
  [...document.querySelectorAll("link[rel=alternate][hreflang]")].map(
    (link) => [link.hreflang, link.href]))"""


def is_transfer(url):
    """False for what the page makes itself (a widget's module is a blob)."""
    return not url.startswith(("blob:", "data:"))


@cache  # pages share most of what they load
def weigh(path):
    """Bytes on the wire of a file of the site, as a good host would send it."""
    body = (ROOT / "_build" / "site" / path).read_bytes()
    return len(body) if path.endswith(COMPRESSED) else len(gzip.compress(body))


def complain(complaints, page):
    """Collect a page's errors: console, uncaught, failed requests."""
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda m: complaints.append(located(m)) if m.type == "error" else None,
    )
    page.on("requestfailed", lambda r: complaints.extend(failures(r)))


def located(message):
    """An error of the console, with the address that it is about."""
    return f"{message.text} ({message.location['url']})"


def failures(request):
    """What a failed request says; leaving a page early is not a failure."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"failed: {request.url}"]


def load(page, site, path):
    """Go there with a window that is listened to; tell what happened."""
    visit = Visit(f"{site}/{path}", page.asked, page.complaints)
    page.goto("about:blank")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.asked.clear()
    page.complaints.clear()
    page.goto(visit.url)
    if "search.html?" in path:
        page.locator("#search-results[aria-busy=false]").wait_for(state="attached")
    visit.lang = page.locator("html").get_attribute("lang")
    visit.alternates = page.evaluate(ALTERNATES)
    visit.links = page.evaluate(LINKS)
    visit.empty_outputs = page.evaluate(EMPTY_OUTPUTS)
    visit.strings = page.evaluate(UI_STRINGS)
    page.set_viewport_size({"width": 360, "height": 740})
    visit.width_at_360 = page.evaluate("document.documentElement.scrollWidth")
    visit.cut_at_360 = page.evaluate(CUT)
    files = [url.partition("?")[0] for url in visit.requests if is_transfer(url)]
    home = f"{site}/"
    visit.weight = sum(
        weigh(unquote(url.removeprefix(home))) for url in files if url.startswith(home)
    )
    return replace(visit, requests=[*page.asked], complaints=[*page.complaints])


@pytest.fixture(scope="module")
def visits(browser, site):
    """Return a function that loads a page once and remembers the visit.

    One window goes from page to page: a new one parses again what all pages share.
    """
    page, seen = browser.new_context().new_page(), {}
    page.asked, page.complaints = [], []
    complain(page.complaints, page)
    page.on("request", lambda request: page.asked.append(request.url))

    def visit(path):
        if path not in seen:
            seen[path] = load(page, site, path)
        return seen[path]

    yield visit
    page.context.close()


@pytest.fixture(scope="module")
def windows(browser):
    """Windows for all tests of a module, by their options: a new one costs more."""
    pages = {}
    yield pages
    for page in pages.values():
        page.context.close()


@pytest.fixture
def open_page(browser, windows, site):
    """Return a function that opens a page of the site; errors fail the test.

    Of what an earlier test did in the same window, its storage is forgotten.
    """
    opened, complaints = [], []

    def open_(path, **options):
        key = tuple(options.items())
        if key not in windows:
            windows[key] = browser.new_context(**options).new_page()
            windows[key].complaints = []
            complain(windows[key].complaints, windows[key])
            windows[key].set_default_timeout(10_000)
        page = windows[key]
        opened.append(page)
        page.emulate_media(color_scheme=options.get("color_scheme"))
        page.goto(f"{site}/{path}")
        return page

    yield open_
    for page in opened:
        complaints += page.complaints
        page.complaints.clear()
        page.evaluate("localStorage.clear()")
        page.goto("about:blank")
    assert complaints == []
