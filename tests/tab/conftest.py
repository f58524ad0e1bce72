"""The tab as it is built, on a page of a plain static file server, in Chromium."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.site.conftest import build_once
from tests.tab.chapter_page import (  # noqa: F401
    chapter,
    opening,
    published,
    running,
    shared,
)
from tools import build_tab

HERE = Path(__file__).parent
PAGE = "<!doctype html><title>tab</title>"


class Files(SimpleHTTPRequestHandler):
    """The built files, as `python -m http.server` gives them, and the tests' page."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE.encode())
        else:
            super().do_GET()

    def translate_path(self, path):
        if path == "/drive.js":
            return str(HERE / "drive.js")
        return super().translate_path(path)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The manifest of the tab, which is built with the site."""
    build_once(tmp_path_factory)
    return build_tab.build()


@pytest.fixture(scope="module")
def address(built):
    """The root of the built files."""
    handler = partial(Files, directory=str(build_tab.OUT))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def page(browser, address):
    page = browser.new_page()
    page.goto(address)
    yield page
    page.close()


@pytest.fixture
def tab(page, address, built):
    """Starts a fresh Python in the page, for a language."""

    def start(lang="en", first=""):
        page.evaluate(START, [address, built, lang, first])
        return lambda cell, code, name="Cell 1": page.evaluate(RUN, [cell, code, name])

    yield start
    page.evaluate("globalThis.tab?.worker.terminate()")


START = """async (given) => {
  const { Tab } = await import("/drive.js");
  globalThis.tab = new Tab(...given);
  await tab.ready;
}"""
RUN = "async ([cell, code, name]) => tab.run(cell, code, name)"
