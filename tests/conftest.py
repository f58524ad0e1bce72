"""Fixtures that several rooms share: a real Chromium, and Node."""

import os
import shutil
from pathlib import Path

import pytest

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking"
    " --disable-component-update --disable-sync --no-first-run"
).split()


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
