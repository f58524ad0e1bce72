"""The built site, served from a sub-folder as a real host might."""

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock

from .visit import load

ROOT = Path(__file__).parents[2]
FOLDER = "/courses/live-wire"  # nothing outside it is served: links must be relative


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


@pytest.fixture(scope="module")
def visits(browser, site):
    """Return a function that loads a page once and remembers the visit.

    One window goes from page to page: a new one parses again what all pages share.
    """
    # reduced motion: no colour is half-way to another when axe looks.
    page, seen = browser.new_context(reduced_motion="reduce").new_page(), {}
    page.asked, page.complaints, page.judged = [], [], []
    complain(page.complaints, page)
    page.on("request", lambda request: page.asked.append(request.url))

    def visit(path):
        if path not in seen:
            seen[path] = load(page, site, path)
        return seen[path]

    yield visit
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
