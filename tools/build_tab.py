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
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
TAB = ROOT / "tab"
OUT = ROOT / "_build" / "tab"
WORK = ROOT / "_build" / "tab-work"
CACHE = WORK / "compiled"  # each by the hash of its sources
PYODIDE = TAB / "node_modules" / "pyodide"
# What goes into the tab of ours, besides compiled code.
BOOK = ("servers/**/*.py", "widgets/**/*", "tab/*.py", "book/gallery/*.json")
# What else the result depends on.
RECIPE = (
    *(
        "tab/worker.js",
        "tab/snapshot.js",
        "tab/package-lock.json",
        "tab/*.txt",
        "tab/shim/**/*.py",
    ),
    *("tools/build_tab.py", "tools/compile_tab.mjs", "requirements.txt"),
)
MANIFEST = "manifest.json"
CACHED = "cpython-314"  # what Python calls the files that it compiled
TAG = "not-in-tab-"  # of a cell that needs threads, processes, sockets or TLS
READ = {"anyio/__init__.py"}  # it finds out from its own text what to import late
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


def pruned(files):
    """The files that tab/pruned.txt leaves in, with short descriptions."""
    lines = (TAB / "pruned.txt").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]

    def is_in(name):
        kept = True
        for pattern in patterns:
            if fnmatchcase(name, pattern.removeprefix("!")):
                kept = pattern.startswith("!")
        return kept

    return {name: shortened(name, files[name]) for name in files if is_in(name)}


def shortened(name, data):
    # Of a package's description its head: version and licence. The rest is its readme.
    # Of the certificates nothing but the file: there is no TLS whose they could judge.
    if name == "certifi/cacert.pem":
        return b""
    return data.partition(b"\n\n")[0] if name.endswith("/METADATA") else data


def compiled(files):
    """The files with `.pyc` in place of `.py`, compiled by the Pyodide that runs them.

    Files that are no module's, such as licences, stay as they are.
    """
    sources = {name: data for name, data in files.items() if name.endswith(".py")}
    asked, script = zip_of(sources), ROOT / "tools" / "compile_tab.mjs"
    lock = (TAB / "package-lock.json").read_bytes()
    mark = hashlib.sha256(asked + script.read_bytes() + lock).hexdigest()[:16]
    CACHE.mkdir(exist_ok=True)
    before, after = CACHE / f"{mark}.in.zip", CACHE / f"{mark}.zip"
    if not after.exists():
        before.write_bytes(asked)
        part = after.with_suffix(".part")
        run(["node", str(script), str(PYODIDE), str(before), str(part)])
        part.rename(after)
        before.unlink()
    rest = {name: files[name] for name in files if name not in sources.keys() - READ}
    return rest | read_zip(after)


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
        files |= pruned(read_zip(wheel))
    shim = TAB / "shim"
    ours = {
        path.relative_to(shim).as_posix(): path.read_bytes()
        for path in shim.rglob("*.py")
    }
    return files | ours


def book():
    """Ours, with sources for those who read them (`inspect`), and compiled beside."""
    paths = {path for pattern in BOOK for path in ROOT.glob(pattern)}
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts
    }
    made = compiled({name: files[name] for name in files if name.endswith(".py")})
    cached = {}
    for name, data in made.items():
        path = PurePosixPath(name)
        cached[str(path.parent / "__pycache__" / f"{path.stem}.{CACHED}.pyc")] = data
    return files | cached | judge()


def judge():
    """Autobahn's cases, which chapter 23 asks, from the wheel that is installed here.

    Its own runner is no Python, and stays out: ours asks the cases. kosoku_native.py
    stands in for the names that they import from it.
    """
    home = Path(importlib.util.find_spec("kosoku").origin).parent
    files = {
        f"kosoku/{path.relative_to(home).as_posix()}": path.read_bytes()
        for path in sorted(home.rglob("*.py"))
    }
    native = (TAB / "kosoku_native.py").read_bytes()
    # The package's own text imports the runner that is not here.
    return files | {"kosoku/__init__.py": b"", "kosoku/_kosoku.py": native}


def worker():
    """The worker's script, with Pyodide's loader in it: one request less."""
    node = [f"--external:{name}" for name in ("node:*", "ws")]
    options = ["--bundle", "--format=esm", "--minify", "--log-level=warning", *node]
    esbuild = TAB / "node_modules" / "esbuild" / "bin" / "esbuild"
    out = WORK / "worker.js"
    source = str(TAB / "worker.js")
    run(["node", str(esbuild), source, *options, f"--outfile={out}"])
    return out.read_bytes()


def write(stem, ending, data, manifest, key):
    name = f"{stem}-{hashlib.sha256(data).hexdigest()[:10]}.{ending}"
    (OUT / name).write_bytes(data)
    manifest[key] = name


def packed(data):
    return gzip.compress(data, 9, mtime=0)


def build(everything=False):
    """Build into `OUT` what is not there yet; return the manifest."""
    WORK.mkdir(parents=True, exist_ok=True)
    mark, stamp = fingerprint(), WORK / "stamp.txt"
    if not everything and stamp.exists() and stamp.read_text() == mark:
        return json.loads((OUT / MANIFEST).read_text("utf-8"))
    stamp.unlink(missing_ok=True)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    manifest = write_all()
    sizes = sum(path.stat().st_size for path in OUT.iterdir())
    say(f"{len(list(OUT.iterdir()))} files, {sizes / 1e6:.1f} MB  {OUT}")
    say(left_out())
    stamp.write_text(mark)
    return manifest


def fingerprint():
    """A hash of all that the result depends on."""
    digest = hashlib.sha256(version("kosoku").encode())
    paths = {path for pattern in (*BOOK, *RECIPE) for path in ROOT.glob(pattern)}
    for path in sorted(paths):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def left_out():
    """How many cells of the book cannot run in a tab, and why."""
    why, cells = Counter(), 0
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            cells += cell["cell_type"] == "code"
            tags = cell["metadata"].get("tags", [])
            why.update(tag.removeprefix(TAG) for tag in tags if tag.startswith(TAG))
    reasons = ", ".join(f"{name} {count}" for name, count in why.most_common())
    return f"{why.total()} of {cells} cells need more than a tab has ({reasons})"


def write_all():
    install_pyodide()
    wheels = download_wheels()
    # Of Pyodide's packages none is used; what it checks is the version it is made for.
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text("utf-8"))
    manifest = {"lock": {"info": lock["info"], "packages": {}}}
    write("worker", "js", worker(), manifest, "worker")
    for key, file in (("asm", "pyodide.asm.mjs"), ("wasm", "pyodide.asm.wasm")):
        write(key, "bin", packed((PYODIDE / file).read_bytes()), manifest, key)
    say("compiling the standard library and the libraries")
    standard = pruned(read_zip(PYODIDE / "python_stdlib.zip"))
    # One zip: Python looks for a module in one place.
    library = zip_of(compiled(standard | libraries(wheels)))
    write("library", "bin", packed(library), manifest, "library")
    write("book", "bin", packed(pack_of(book())), manifest, "book")
    (OUT / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
    return manifest


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="build in any case")
    build(parser.parse_args().all)
    run([sys.executable, str(ROOT / "tools" / "page_tab.py")])


if __name__ == "__main__":
    main()
