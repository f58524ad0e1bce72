"""A JupyterLab of its own, and its page."""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

START_DEADLINE_S = 120
KERNELS = "tests.notebooks.lab_kernels.ForkingKernelManager"
# In the page: opens a notebook and runs it; closes it and ends its kernel.
RUN = """async (path) => {
  await jupyterapp.restored;
  const { commands } = jupyterapp;
  const panel = await commands.execute("docmanager:open", { path });
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
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
                *("-m", "jupyterlab", "--no-browser", "--port", "0"),
                *("--allow-root", "--expose-app-in-browser"),
                "--KernelManager.transport=ipc",
                f"--MappingKernelManager.kernel_manager_class={KERNELS}",
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
