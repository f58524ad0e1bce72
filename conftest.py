"""The kernels of nbval, like those of the other tests, take no ports."""

import nbval.kernel

from tests.notebooks.kernels import kernel_manager

nbval.kernel.KernelManager = kernel_manager
