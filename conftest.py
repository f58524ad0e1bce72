"""What all tests share: kernels of nbval take no ports, and counts are small."""

import gc
import os

import nbval.kernel

from tests.notebooks.kernels import kernel_manager
from widgets.measured import COUNTS

# Only Pyodide can import these.
collect_ignore = ["tab/boot.py", "tab/shim", "tab/node_modules"]
nbval.kernel.KernelManager = kernel_manager
# The kernels of the tests inherit it: see `counted`.
os.environ[COUNTS] = "small"


def pytest_collection_finish():
    """What is loaded by now stays: neither `leftovers` nor the collector looks again."""
    gc.collect()
    gc.freeze()
