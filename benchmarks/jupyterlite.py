"""JupyterLite with the same cells, self-hosted: what the tab is compared with.

Built once into _build/jupyterlite, in an environment of its own: JupyterLite from pip,
the same Pyodide from npm, and as wheels what JupyterLite's kernel and the cells import.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from tools.build_tab import PYODIDE, ROOT, download_wheels, install_pyodide

WORK = ROOT / "_build" / "jupyterlite"
SITE = WORK / "site"
PINS = ("jupyterlite-core==0.8.6", "jupyterlite-pyodide-kernel==0.8.6")
# What its kernel loads from beside Pyodide; the lock there names versions and files.
KERNEL = (
    "micropip packaging ipython asttokens decorator executing matplotlib-inline "
    "prompt-toolkit pure-eval pygments six stack-data traitlets wcwidth jedi parso"
).split()
PURE = (
    "--no-deps --only-binary=:all: --platform any --implementation py --abi none "
    "--python-version 3.14"
).split()
# The cells of the chapter, after what stands in for its first: nobody explains
# mistakes there. The network in memory is the same.
PRELUDE = """
%pip install -q live-wire websockets anywidget typing_extensions
from servers.network.memory import plug_in
from servers.network.network import Network
plug_in(Network())
lang = "en"
"""


def address_of(code: str) -> str:
    """The page, below the site's root, that runs `code` in a new kernel."""
    return f"repl/index.html?kernel=python&code={quote(PRELUDE + code)}"


def build() -> Path:
    """The site's folder; built when it is not there yet."""
    done = WORK / "done"
    if not done.exists():
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(parents=True)
        install_pyodide()
        _build_site(_own_wheels())
        _add_pyodide()
        done.touch()
    return SITE


def _pip(*arguments: str, python: str = sys.executable) -> None:
    command = [python, "-m", "pip", *arguments, "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _own_wheels() -> list[Path]:
    """The libraries of the tab, and the book's own code, as wheels."""
    folder = WORK / "wheels"
    folder.mkdir()
    for wheel in download_wheels().glob("*.whl"):
        # These two it brings itself.
        if not wheel.name.startswith(("ipython-", "traitlets-")):
            shutil.copy(wheel, folder)
    source = WORK / "source"
    source.mkdir()
    for name in ("servers", "widgets"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(source))
    # ipywidgets requires it, though only its page would use it.
    pin = f"jupyterlab_widgets=={version('jupyterlab_widgets')}"
    _pip("download", "--no-deps", "--dest", str(folder), pin)
    return sorted(folder.glob("*.whl"))


def _build_site(wheels: list[Path]) -> None:
    environment = WORK / "env"
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    _pip("install", *PINS, "jupyter-server", python=python)
    settings = {
        "@jupyterlite/pyodide-kernel-extension:kernel": {
            "pyodideUrl": "./static/pyodide/pyodide.mjs",
            "disablePyPIFallback": True,
        }
    }
    config = {"jupyter-lite-schema-version": 0}
    config |= {"jupyter-config-data": {"litePluginSettings": settings}}
    (WORK / "jupyter-lite.json").write_text(json.dumps(config), "utf-8")
    options = [f"--piplite-wheels={wheel}" for wheel in wheels]
    where = [f"--lite-dir={WORK}", f"--output-dir={SITE}"]
    apps = ["--apps=repl", "--no-sourcemaps", "--no-unused-shared-packages"]
    command = [python, "-m", "jupyterlite_core", "build", *where, *apps, *options]
    subprocess.run(command, check=True, cwd=WORK, stdout=subprocess.DEVNULL)


def _add_pyodide() -> None:
    target = SITE / "static" / "pyodide"
    shutil.copytree(PYODIDE, target)
    path = target / "pyodide-lock.json"
    lock = json.loads(path.read_text("utf-8"))
    # The others are not here: they come as wheels of the versions that the book pins.
    lock["packages"] = {name: lock["packages"][name] for name in KERNEL}
    for name in KERNEL:
        entry = lock["packages"][name]
        pin = f"{name}=={entry['version']}"
        _pip("download", *PURE, "--dest", str(target), pin)
        data = (target / entry["file_name"]).read_bytes()
        entry["sha256"] = hashlib.sha256(data).hexdigest()
    path.write_text(json.dumps(lock), "utf-8")
