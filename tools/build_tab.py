"""Build what runs the cells in the reader's own tab, into _build/tab.

    python tools/build_tab.py           unless nothing changed since the last build
    python tools/build_tab.py --all     in any case

Pyodide comes from npm (tab/package-lock.json), the libraries from their pure wheels
(tab/wheels.txt), `servers`, `widgets` and `tab` from here. Each file's name holds the
hash of its bytes; manifest.json tells the names. Two builds give the same bytes.
"""

import argparse
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tab_page import bundle_page

ROOT = Path(__file__).resolve().parents[1]
TAB = ROOT / "tab"
OUT = ROOT / "_build" / "tab"
WORK = ROOT / "_build" / "tab-work"
PYODIDE = TAB / "node_modules" / "pyodide"
# What goes into the tab of ours, besides compiled code.
BOOK = ("servers/**/*.py", "widgets/**/*", "tab/*.py", "book/gallery/*.json")
WHEN = (1980, 1, 1, 0, 0, 0)  # the oldest date a zip can hold, the same for every file

# ---- The sources


def install_pyodide():
    """Pyodide as the lock file pins it."""
    done = WORK / "npm.json"
    lock = (TAB / "package-lock.json").read_text("utf-8")
    if not done.exists() or done.read_text("utf-8") != lock or not PYODIDE.exists():
        say("installing Pyodide")
        run(["npm", "ci", "--silent", "--prefix", str(TAB)])
        done.write_text(lock, "utf-8")


def download_wheels():
    """The wheels' folder, with exactly what tab/wheels.txt names."""
    pins = (TAB / "wheels.txt").read_bytes()
    folder = WORK / f"wheels-{hashlib.sha256(pins).hexdigest()[:12]}"
    if not folder.exists():
        say("downloading the libraries' wheels")
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        pure = "--no-deps --only-binary=:all: --platform any --implementation py"
        target = f"--abi none --python-version 3.14 -r {TAB / 'wheels.txt'}"
        pip = [sys.executable, "-m", "pip", "download", "--quiet"]
        run([*pip, *pure.split(), *target.split(), "--dest", str(part)])
        part.rename(folder)
    return folder


def run(command):
    bin_folder = str(Path(sys.executable).parent)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(command, check=True, env=os.environ | {"PATH": path})


def say(text):
    print(f"  tab  {text}", flush=True)


# ---- The parts


def zip_of(files):
    """Files without compression, the same bytes for the same files: it is gzipped."""
    path = WORK / "part.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, WHEN), data)
    return path.read_bytes()


def pack_of(files):
    """A table {path: size} after its own length, and the files one after the other."""
    ordered = dict(sorted(files.items()))
    table = json.dumps({name: len(data) for name, data in ordered.items()}).encode()
    return len(table).to_bytes(4) + table + b"".join(ordered.values())


def read_zip(path):
    with zipfile.ZipFile(path) as archive:
        files = [info for info in archive.infolist() if not info.is_dir()]
        return {info.filename: archive.read(info) for info in files}


def libraries(folder):
    files = {}
    for wheel in sorted(folder.glob("*.whl")):
        files |= read_zip(wheel)
    shim = TAB / "shim"
    ours = {
        path.relative_to(shim).as_posix(): path.read_bytes()
        for path in shim.rglob("*.py")
    }
    return files | ours


def book():
    paths = {path for pattern in BOOK for path in ROOT.glob(pattern)}
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts
    }


def write(stem, ending, data, manifest, key):
    name = f"{stem}-{hashlib.sha256(data).hexdigest()[:10]}.{ending}"
    (OUT / name).write_bytes(data)
    manifest[key] = name


def packed(data):
    return gzip.compress(data, 9, mtime=0)


def build():
    WORK.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    install_pyodide()
    wheels = download_wheels()
    # Of Pyodide's packages none is used; what it checks is the version it is made for.
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text("utf-8"))
    manifest = {"lock": {"info": lock["info"], "packages": {}}}
    write("worker", "js", (TAB / "worker.js").read_bytes(), manifest, "worker")
    write("pyodide", "mjs", (PYODIDE / "pyodide.mjs").read_bytes(), manifest, "pyodide")
    asm = (PYODIDE / "pyodide.asm.mjs").read_bytes()
    write("python", "mjs", asm, manifest, "asm")
    wasm = packed((PYODIDE / "pyodide.asm.wasm").read_bytes())
    write("python", "bin", wasm, manifest, "wasm")
    standard = read_zip(PYODIDE / "python_stdlib.zip")
    write("standard", "bin", packed(zip_of(standard)), manifest, "stdlib")
    write("libraries", "bin", packed(zip_of(libraries(wheels))), manifest, "libraries")
    write("book", "bin", packed(pack_of(book())), manifest, "book")
    manifest["page"] = bundle_page(OUT)
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1), "utf-8")
    sizes = sum(path.stat().st_size for path in OUT.iterdir())
    say(f"{len(manifest) - 1} files, {sizes / 1e6:.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="build in any case")
    parser.parse_args()
    build()


if __name__ == "__main__":
    main()
