"""Fixtures that several rooms share: a real Chromium, and Node."""

import json
import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

# The headless shell is the same engine without a browser's windows, at a third of the
# CPU time.
CHROMIUM_NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome",
)  # fmt: skip
CHROMIUM_FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking"
    " --disable-component-update --disable-sync --no-first-run"
).split()

# What a page may import by a bare name: the file that a package offers to browsers.
FOR_PAGES = {"socket.io-client": "socket.io-client/dist/socket.io.esm.min.js"}
IMPORTS = {name: f"/node_modules/{file}" for name, file in FOR_PAGES.items()}
PAGE = f"""<!doctype html><title>page</title>
<script type="importmap">{json.dumps({"imports": IMPORTS})}</script>"""


@pytest.fixture(scope="session")
def chromium_path():
    """Path of the system's Chromium; skips without one, fails on CI."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    do_without("needs Chromium on the PATH: apt-get install chromium, or Google Chrome")


@pytest.fixture(scope="session")
def node_path():
    """Path of Node; skips without one, fails on CI."""
    return shutil.which("node") or do_without(
        "needs Node 22 or newer on the PATH: https://nodejs.org"
    )


@pytest.fixture(scope="session")
def npm_packages():
    """The folder of the JavaScript peers, node_modules; skips without, fails on CI."""
    folder = Path(__file__).parent / "npm" / "node_modules"
    if not folder.is_dir():
        do_without("needs the npm packages of the tests: npm ci --prefix tests/npm")
    return folder


@pytest.fixture
def importing_page(npm_packages, tmp_path):
    """The address of an empty page whose modules may import npm packages by name."""
    (tmp_path / "node_modules").symlink_to(npm_packages)
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    pages = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(quiet, directory=str(tmp_path))
    )
    threading.Thread(target=pages.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{pages.server_port}/"
    pages.shutdown()
    pages.server_close()


def do_without(sentence):
    """Skip with what to install; on CI nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="module")
def browser(chromium_path):
    """A headless Chromium (Playwright's sync API).

    It ends with the module: while it lives, Playwright's own event loop is running,
    and no other test could start one.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path, args=CHROMIUM_FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def windows(browser):
    """Windows for all tests of a module, by their options: a new one costs more."""
    pages = {}
    yield pages
    for page in pages.values():
        page.context.close()
