"""A real JupyterLab in a real Chromium: a chapter from the top, its widget alive.

What it looked like is kept in _build/pictures.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.notebooks import live
from tests.notebooks.chapters import ALL, IN_TURN, ROOT, code_cells, name

START_DEADLINE_S = 120
RUN_DEADLINE_MS = 60_000
FOLLOWING = re.compile("Next|Tiếp|Sau", re.IGNORECASE)
PICTURES = ROOT / "_build" / "pictures"
# In the page: opens a notebook and runs it; closes it and ends its kernel.
RUN = """async (path) => {
  await jupyterapp.restored;
  const { commands } = jupyterapp;
  const panel = await commands.execute("docmanager:open", { path });
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  // The stored numbers go: a number then says that the cell has run.
  await commands.execute("notebook:clear-all-cell-outputs");
  commands.execute("notebook:run-all-cells");
}"""
CLOSE = """async () => {
  const panel = jupyterapp.shell.currentWidget;
  await panel.sessionContext.shutdown();
  panel.dispose();
}"""
# What JupyterLab itself complains about on every start.
KNOWN_NOISE = ("favicon", "/api/me", "the server responded with a status of 404")


@contextmanager
def jupyterlab(folder, home, *options):
    """A JupyterLab of its own, with no one's settings; gives its address.

    Args:
        options: More of its command line, such as "--ServerApp.base_url=/user/an/".
    """
    places = {f"JUPYTER_{n}_DIR": str(home / n.lower()) for n in ("CONFIG", "DATA")}
    settings = home / "settings"
    quiet = settings / "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    places["JUPYTERLAB_SETTINGS_DIR"] = str(settings)
    # Kernels talk over files, whose paths must be short: see conftest.py.
    with tempfile.TemporaryDirectory() as runtime:
        process = subprocess.Popen(
            [
                sys.executable,
                *("-m", "jupyter", "lab", "--no-browser", "--port", "0"),
                *("--allow-root", "--expose-app-in-browser"),
                "--KernelManager.transport=ipc",
                f"--ServerApp.root_dir={folder}",
                *options,
            ],
            env=os.environ | places | {"JUPYTER_RUNTIME_DIR": runtime},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield _address(process, Path(runtime))
        finally:
            process.terminate()
            process.wait(timeout=20)


def _address(process, runtime):
    deadline = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "JupyterLab did not start"
        for file in runtime.glob("jpserver-*.json"):
            text = file.read_text()
            if text.endswith("}"):
                server = json.loads(text)
                return f"{server['url']}lab?token={server['token']}"
        time.sleep(0.1)
    raise TimeoutError("JupyterLab did not start")


@pytest.fixture(scope="module")
def desk(tmp_path_factory, browser):
    """One JupyterLab for all notebooks, with a copy of each chapter.

    Gives its folder, its page, which takes seconds to load, and what it complains of.
    """
    home = tmp_path_factory.mktemp("lab")
    for path in ALL:
        copy = home / "book" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    live.write(home / "book")
    with jupyterlab(home / "book", home) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        errors = complaints(page)
        page.goto(address)
        yield home / "book", page, errors
        page.close()


def complaints(page):
    """What the page will complain of, without JupyterLab's own noise."""
    errors = []

    def complain(text):
        if not any(noise in text for noise in KNOWN_NOISE):
            errors.append(text)

    page.on("console", lambda m: complain(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complain(str(error)))
    return errors


def start(page, notebook):
    """Open a notebook in a JupyterLab's page, and begin to run it from the top."""
    page.wait_for_function("window.jupyterapp")
    page.evaluate(RUN, notebook)


@pytest.fixture
def run(desk):
    """Return a function that runs a notebook and gives the page; closes it after."""
    _, page, errors = desk

    def run_(notebook):
        start(page, notebook)
        return page

    yield run_
    page.evaluate(CLOSE)
    complained = errors[:]
    errors.clear()
    assert complained == []


@pytest.mark.chromium
@pytest.mark.parametrize("path", IN_TURN, ids=name)
def test_a_chapter_when_run_in_jupyterlab_shows_its_live_widget(path, run):
    page = run(name(path))
    last = page.locator(".jp-CodeCell").nth(len(code_cells(path)) - 1)
    prompt = f"[{len(code_cells(path))}]:"
    last.get_by_text(prompt, exact=True).first.wait_for(timeout=RUN_DEADLINE_MS)
    step_through_first_ladder(page)
    PICTURES.mkdir(parents=True, exist_ok=True)
    lang = "vi" if "vi/" in name(path) else "en"
    page.screenshot(path=PICTURES / f"lab-{path.stem}-{lang}.png")


@pytest.mark.chromium
def test_every_live_widget_flows_is_held_by_keyboard_and_ends(desk, run):
    folder, *_ = desk
    page = run(live.FILE)
    for kind in ("ladder", "rooms", "buffers", "timeline", "race"):
        face = page.locator(f".jp-OutputArea .lw-{kind}")
        # It flows while the kernel is busy with the cell that feeds it.
        face.locator(".lw-flowing", has_text="trực tiếp").wait_for(
            timeout=RUN_DEADLINE_MS
        )
        face.get_by_role("button", name="Tạm dừng").press("Enter")
        face.locator(".lw-flow", has_text="đang dừng").wait_for()
        face.get_by_role("button", name="Chạy").press("Enter")
        face.locator(".lw-flowing").wait_for()
    (folder / live.ENOUGH).touch()
    page.get_by_text("over", exact=True).wait_for(timeout=RUN_DEADLINE_MS)
    # One face of each, and it is as any other: nothing flows any more.
    page.wait_for_function("!document.querySelector('.lw-flow:not(:empty)')")
    assert page.locator(".jp-OutputArea .lw-face").count() == 5
    race = page.locator(".lw-race")
    assert "Kết quả" in race.locator(".lw-when").inner_text()


def step_through_first_ladder(page):
    """The live face answers to the keyboard: another message is selected."""
    ladder = page.locator(".jp-OutputArea .lw-ladder").first
    ladder.wait_for(timeout=RUN_DEADLINE_MS)
    ladder.scroll_into_view_if_needed()
    rows = ladder.get_by_role("listbox")
    selected = rows.get_by_role("option", selected=True)
    following = ladder.get_by_role("button", name=FOLLOWING)
    following.press("Enter")
    first = selected.inner_text()
    following.press("Enter")
    assert selected.inner_text() != first
