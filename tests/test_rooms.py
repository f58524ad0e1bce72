"""The one direction through the house: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Each room, and the rooms it may import besides itself.
ALLOWED = {
    "servers/wire": set(),
    "servers/network": {"servers.wire"},
    "servers/live": {"servers.wire", "servers.network"},
    "widgets": {"servers.wire", "servers.network"},
    "tab": {"servers.network"},
}
FORBIDDEN_IN_WIRE = {"asyncio", "socket", "time", "datetime", "threading"}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            yield node.module


def room_of(module):
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "servers" else parts[0]


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_when_it_imports_looks_in_one_direction(room):
    files = list((ROOT / room).glob("*.py"))
    assert files
    own = room.replace("/", ".")
    for path in files:
        ours = {
            room_of(module)
            for module in imports(path)
            if module.split(".")[0] in ("servers", "widgets", "tab", "tests", "tools")
        }
        assert ours <= ALLOWED[room] | {own}, path


def test_the_wire_room_when_it_imports_knows_no_socket_and_no_clock():
    for path in (ROOT / "servers/wire").glob("*.py"):
        assert not FORBIDDEN_IN_WIRE & set(imports(path)), path
