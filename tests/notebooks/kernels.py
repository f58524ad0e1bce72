"""A Jupyter kernel that tests talk to, as a notebook does."""

import gc
import multiprocessing
import os
import tempfile
import time
from contextlib import contextmanager
from uuid import uuid4

from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import LocalProvisioner

CELL_DEADLINE_S = 30
START_DEADLINE_S = 60
# A cell: "[]" when a kernel has nothing open any more.
LEFTOVERS = "from servers.network.leftovers import leftovers\nleftovers()"
# Importing them takes longer than most chapters run; ours are left to each kernel.
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(
    "ipykernel.kernelapp ipykernel.ipkernel ipykernel.zmqshell jupyter_client.manager"
    " ipywidgets anywidget aiohttp.web socketio websockets.asyncio.client"
    " websockets.asyncio.server".split()
)


def kernel_manager(**options):
    """A manager whose kernel is forked, and talks over files, not over TCP ports.

    Ports are chosen before the kernel binds them; in between another process may take
    one (the chapters open thousands of connections), and the kernel dies.
    """
    place = f"{tempfile.gettempdir()}/kernel-{uuid4().hex}"  # a socket's path is short
    manager = KernelManager(transport="ipc", ip=place, **options)
    spec = manager.kernel_spec
    manager.provisioner = ForkProvisioner(parent=manager, kernel_spec=spec)
    return manager


class ForkProvisioner(LocalProvisioner):
    """Forks kernels from a process that has imported the libraries."""

    async def launch_kernel(self, cmd, **options):
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        self.process = Forked(arguments, options["env"], options["cwd"])
        self.pid = self.pgid = self.process.pid
        self.cwd = options["cwd"]
        return self.connection_info


class Forked:
    """A forked process with what a provisioner asks of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, *arguments):
        self.process = FORKING.Process(target=run_kernel, args=arguments)
        self.process.start()
        self.pid = self.process.pid

    def poll(self):
        return self.process.exitcode

    def wait(self):
        self.process.join()
        return self.process.exitcode


def run_kernel(arguments, environment, folder):
    """What a new process does: it is a kernel."""
    from ipykernel.kernelapp import IPKernelApp

    gc.freeze()  # what it has imported is not searched again for what cells leave
    os.setsid()  # an interrupt goes to it and its children alone
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    IPKernelApp.launch_instance(arguments)


@contextmanager
def kernel(folder):
    """A new kernel; calling it runs code and gives what a cell would show."""
    manager = kernel_manager()
    manager.start_kernel(cwd=str(folder))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=START_DEADLINE_S)
        yield Cells(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


class Cells:
    def __init__(self, manager, client):
        self.manager = manager
        self.client = client

    def __call__(self, code, interrupt_at=None):
        """What the cell printed and showed, and the text of its error or "".

        Args:
            interrupt_at: Interrupt the kernel when this has been printed.
        """
        request = self.client.execute(code)
        shown, error = "", ""
        deadline = time.monotonic() + CELL_DEADLINE_S
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=CELL_DEADLINE_S)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                shown += content["text"]
                if interrupt_at and interrupt_at in shown:
                    self.manager.interrupt_kernel()
                    interrupt_at = None
            elif kind == "execute_result":
                shown += content["data"]["text/plain"]
            elif kind == "error":
                error = "\n".join(content["traceback"])
            elif kind == "status" and content["execution_state"] == "idle":
                return shown, error
        raise TimeoutError(f"the cell did not end: {code}")
