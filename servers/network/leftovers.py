"""What a notebook left running: servers, connections, tasks, programs."""

from __future__ import annotations

import asyncio
import gc
import subprocess

# Tasks of the kernel itself, by the packages their code stands in.
_KERNEL = ("ipykernel", "IPython", "jupyter_client", "tornado", "zmq", "nbclient")


def leftovers() -> list[str]:
    """One line for every server, connection, task, program alive; [] when all ended.

    Finds what any asyncio library left, not only ours. Call it inside a running
    event loop, such as in a notebook cell.

    >>> async def nothing_runs():
    ...     return leftovers()
    >>> asyncio.run(nothing_runs())
    []
    """
    servers = [s for s in _alive(asyncio.AbstractServer) if s.sockets]
    ports = [s.sockets[0].getsockname()[1] for s in servers]
    open_ends = [t for t in _alive(asyncio.Transport) if not t.is_closing()]
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    programs = [p for p in _alive(subprocess.Popen) if p.poll() is None]
    return [
        *(f"a server listens on port {port}" for port in ports),
        *(f"a connection to {t.get_extra_info('peername')} is open" for t in open_ends),
        *(f"program {p.args!r} runs as process {p.pid}" for p in programs),
        *(f"task {t.get_coro()!r} runs" for t in tasks if not _is_kernels(t)),
    ]


def _alive(kind: type) -> list:
    # isinstance would wake weak proxies whose object is gone.
    return [item for item in gc.get_objects() if issubclass(type(item), kind)]


def _is_kernels(task: asyncio.Task) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and any(
        f"/{name}/" in code.co_filename.replace("\\", "/") for name in _KERNEL
    )
