"""A server of the book as a process of its own."""

import subprocess
import sys

import pytest


@pytest.fixture
def rooms_url():
    """The address of `python -m servers socketio-rooms`, running as a process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "servers", "socketio-rooms"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.communicate()
