"""The limit of open files: raised when it may be, never lowered."""

import subprocess
import sys

import pytest

from servers.network.file_limit import allow_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such limit")


def told(soft, hard, wanted):
    """What a process with these limits is told, and what it may then open."""
    program = (
        "import resource as r\n"
        "from servers.network.file_limit import allow_files\n"
        f"r.setrlimit(r.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        f"print(allow_files({wanted}), *r.getrlimit(r.RLIMIT_NOFILE))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [int(word) for word in done.stdout.split()]


def test_the_soft_limit_when_too_low_is_raised():
    assert told(64, 512, 300) == [300, 300, 512]


def test_the_hard_limit_when_lower_is_where_it_ends():
    assert told(64, 512, 1000) == [512, 512, 512]


def test_a_limit_when_high_enough_stays():
    assert told(256, 512, 100) == [256, 256, 512]


def test_this_process_when_asked_for_little_is_left_alone():
    assert allow_files(1) >= 1
