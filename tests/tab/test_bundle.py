"""What goes into the tab: JupyterLab's versions, and the same bytes each time."""

import gzip
import io
import json
import re
from importlib.metadata import version

import pytest

from tools import build_tab

PIN = re.compile(r"^([\w-]+)==(\S+)", re.M)


def pins(path):
    found = PIN.findall((build_tab.ROOT / path).read_text("utf-8"))
    return {name.lower().replace("_", "-"): pin for name, pin in found}


def test_libraries_when_in_the_tab_are_those_of_the_lab():
    in_tab, required = pins("tab/wheels.txt"), pins("requirements.txt")
    assert len(in_tab) > 20
    assert {n: in_tab[n] for n in in_tab if n in required} == {
        n: required[n] for n in required if n in in_tab
    }
    assert in_tab == {name: version(name) for name in in_tab}


def test_the_lock_when_read_names_hashes_and_no_registry():
    lock = json.loads((build_tab.TAB / "package-lock.json").read_text("utf-8"))
    packages = [entry for name, entry in lock["packages"].items() if name]
    assert all(entry["integrity"].startswith("sha512-") for entry in packages)
    assert not any("resolved" in entry for entry in packages)


@pytest.mark.node
def test_the_files_when_packed_twice_are_the_same_bytes(built, tmp_path, monkeypatch):
    before = {path.name: path.read_bytes() for path in build_tab.OUT.iterdir()}
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(build_tab, "OUT", out)
    build_tab.write_all()
    made = {path.name: path.read_bytes() for path in out.iterdir()}
    manifest = json.loads(made.pop(build_tab.MANIFEST))
    assert manifest == {key: built[key] for key in manifest}
    assert len(made) == 5
    for name, data in made.items():
        assert before[name] == data, name


@pytest.mark.node
def test_modules_when_compiled_twice_are_the_same_bytes(built, tmp_path, monkeypatch):
    packed = (build_tab.OUT / built["library"]).read_bytes()
    library = build_tab.read_zip(io.BytesIO(gzip.decompress(packed)))
    wheels = build_tab.libraries(build_tab.download_wheels())
    some = {name: wheels[name] for name in sorted(wheels)[::8] if name.endswith(".py")}
    monkeypatch.setattr(build_tab, "CACHE", tmp_path / "nothing-compiled-yet")
    made = build_tab.compiled(some)
    assert len(made) > 40
    for name, data in made.items():
        assert library[name] == data, name


def test_files_when_pruned_go_by_the_last_pattern_that_fits():
    kept = build_tab.pruned(
        dict.fromkeys(
            (
                "asyncio/events.py",
                "encodings/cp1251.py",
                "encodings/cp1252.py",
                "IPython/core/magic.py",
                "IPython/lib/pretty.py",
                "aiohttp-3.dist-info/licenses/LICENSE.txt",
                "aiohttp-3.dist-info/RECORD",
            ),
            b"",
        )
    )
    assert list(kept) == [
        "asyncio/events.py",
        "encodings/cp1252.py",
        "IPython/lib/pretty.py",
        "aiohttp-3.dist-info/licenses/LICENSE.txt",
    ]


def test_a_description_when_pruned_keeps_version_and_licence():
    text = b"Name: x\nVersion: 1\nLicense: MIT\n\n# Long readme"
    assert build_tab.pruned({"x-1.dist-info/METADATA": text}) == {
        "x-1.dist-info/METADATA": b"Name: x\nVersion: 1\nLicense: MIT"
    }
