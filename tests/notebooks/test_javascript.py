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


@pytest.fixture(scope="module")
def server():
    """Return a function that gives "127.0.0.1:port" of a server, by its name.

    One process for each: it serves one chapter after the other, as a server does.
    """
    started = {}

    def address(name):
        if name not in started:
            command = [sys.executable, "-m", "servers", *name.split()]
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, encoding="utf-8"
            )
            line = process.stdout.readline()
            started[name] = process, re.search(r"127\.0\.0\.1:\d+", line)[0]
        return started[name][1]

    yield address
    for process, _ in started.values():
        process.kill()
        process.communicate()


def tab(path, label):
    """The code of the tab whose label begins with `label`."""
    text = "\n".join(cell.source for cell in read(path).cells)
    (tabs,) = re.findall(r"<!-- tabs -->(.*?)<!-- /tabs -->", text, re.S)
    (code,) = re.findall(rf"\*\*{label}.*?\*\*\n+```js\n(.*?)```", tabs, re.S)
    assert ADDRESS in code
    return code


chapters = pytest.mark.parametrize("path", ENGLISH, ids=name)


@pytest.mark.node
@chapters
def test_the_node_tab_when_run_prints_what_is_said(
    path, server, tmp_path, node_path, npm_packages
):
    known = known_of(path)["javascript"]
    code = tab(path, "Node").replace(ADDRESS, server(known["server"]))
    # A bare name such as "socket.io-client" is looked up beside the script.
    (tmp_path / "node_modules").symlink_to(npm_packages)
    script = tmp_path / "tab.mjs"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [node_path, script],
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE_S,
    )
    assert set(done.stdout.splitlines()) == set(known["Node"]), done.stderr


@pytest.mark.chromium
@chapters
def test_the_browser_tab_when_run_prints_what_is_said(
    path, server, browser, importing_page
):
    known = known_of(path)["javascript"]
    code = tab(path, "Browser").replace(ADDRESS, server(known["server"]))
    lines = set(known["Browser"])
    page = browser.new_page()
    printed = []
    page.on("console", lambda m: printed.append(m.text) if m.type == "log" else None)
    try:
        # Chromium refuses ws://127.0.0.1 from about:blank.
        page.goto(importing_page)
        # A module, because only a module imports.
        page.add_script_tag(content=code, type="module")
        while len(printed) < len(lines):
            page.wait_for_event("console", timeout=DEADLINE_S * 1000)
        assert set(printed) == lines
    finally:
        page.close()
