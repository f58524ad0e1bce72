"""Runs the JavaScript tests of the widgets' layout in Node."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.node
@pytest.mark.parametrize(
    "script", sorted(HERE.glob("*.test.mjs")), ids=lambda p: p.stem
)
def test_layout_in_node(script):
    node = shutil.which("node")
    if node is None:
        sentence = "needs Node 20 or later on the PATH: https://nodejs.org"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    command = [node, "--test", str(script)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
