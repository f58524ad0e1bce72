"""Runs the JavaScript tests of the widgets' layout in Node."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.node
@pytest.mark.parametrize(
    "script", sorted(HERE.glob("*.test.mjs")), ids=lambda p: p.stem
)
def test_layout_in_node(script, node_path):
    command = [node_path, "--test", str(script)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
