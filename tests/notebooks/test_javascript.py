"""The JavaScript of each chapter's tab set, run against that chapter's server.

In English: the other edition's is the same, as tests/editions proves.
"""

import re
import subprocess
import sys

import pytest

from tests.notebooks.chapters import ENGLISH, known_of, name, read

ADDRESS = "127.0.0.1:8765"
DEADLINE_S = 20


@pytest.fixture
def server(request):
    """The chapter's server as a process; gives "127.0.0.1:port"."""
    process = subprocess.Popen(
        [sys.executable, "-m", "servers", *request.param.split()],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        yield re.search(r"127\.0\.0\.1:\d+", process.stdout.readline())[0]
    finally:
        process.kill()
        process.communicate()


def tab(path, label):
    """The code of the tab whose label begins with `label`."""
    text = "\n".join(cell.source for cell in read(path).cells)
    (tabs,) = re.findall(r"<!-- tabs -->(.*?)<!-- /tabs -->", text, re.S)
    (code,) = re.findall(rf"\*\*{label}.*?\*\*\n+```js\n(.*?)```", tabs, re.S)
    assert ADDRESS in code
    return code


def cases(label):
    found = [(path, known_of(path)["javascript"]) for path in ENGLISH]
    return pytest.mark.parametrize(
        ("path", "server", "lines"),
        [(path, chapter["server"], set(chapter[label])) for path, chapter in found],
        indirect=["server"],
        ids=[name(path) for path, _ in found],
    )


@pytest.mark.node
@cases("Node")
def test_the_node_tab_when_run_prints_what_is_said(
    path, server, lines, tmp_path, node_path, npm_packages
):
    # A bare name such as "socket.io-client" is looked up beside the script.
    (tmp_path / "node_modules").symlink_to(npm_packages)
    script = tmp_path / "tab.mjs"
    script.write_text(tab(path, "Node").replace(ADDRESS, server), encoding="utf-8")
    done = subprocess.run(
        [node_path, script],
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE_S,
    )
    assert set(done.stdout.splitlines()) == lines, done.stderr


@pytest.mark.chromium
@cases("Browser")
def test_the_browser_tab_when_run_prints_what_is_said(
    path, server, lines, browser, importing_page
):
    page = browser.new_page()
    printed = []
    page.on("console", lambda m: printed.append(m.text) if m.type == "log" else None)
    try:
        # Chromium refuses ws://127.0.0.1 from about:blank.
        page.goto(importing_page)
        code = tab(path, "Browser").replace(ADDRESS, server)
        # A module, because only a module imports.
        page.add_script_tag(content=code, type="module")
        while len(printed) < len(lines):
            page.wait_for_event("console", timeout=DEADLINE_S * 1000)
        assert set(printed) == lines
    finally:
        page.close()
