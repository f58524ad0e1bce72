"""What all tests share: kernels of nbval take no ports, and counts are small."""

import gc
import os
import sys

import nbval.kernel

from tests.notebooks.kernels import kernel_manager
from widgets.measured import COUNTS

# Only Pyodide can import these.
collect_ignore = ["tab/boot.py", "tab/shim", "tab/node_modules"]
nbval.kernel.KernelManager = kernel_manager
# The kernels of the tests inherit it: see `counted`.
os.environ[COUNTS] = "small"
# Some containers forbid it: then each of two hundred processes compiles every module.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_finish():
    """What is loaded by now stays: `leftovers` and the collector skip it."""
    gc.collect()
    gc.freeze()
