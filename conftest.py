"""Kernels that tests start talk over files, not over TCP ports.

A kernel's ports are chosen before it binds them; in between another process may take
one (the chapters open thousands of connections), and the kernel dies.
"""

from functools import partial

import nbval.kernel
from jupyter_client.manager import KernelManager

nbval.kernel.KernelManager = partial(KernelManager, transport="ipc")
