"""Programs beside this one: each on a free port, each gone when its block ends."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from servers.network.deadline import within
from servers.network.listening import HOST

START_S = 20.0
STOP_S = 3.0
TRIES = 3

# A program does not notice that its parent was killed, but every system closes a dead
# process's pipes. So between the two stands this guard: its input ends, and it ends
# the program. A session of its own keeps an interrupt of the notebook away from it.
_GUARD = f"""
import os, subprocess, sys, threading
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
def follow():
    code = child.wait()
    os._exit(code if code >= 0 else 1)
threading.Thread(target=follow, daemon=True).start()
sys.stdin.buffer.read()
child.terminate()
try:
    child.wait({STOP_S})
except subprocess.TimeoutExpired:
    child.kill()
child.wait()
"""


class Child:
    """A program that listens on 127.0.0.1. Made by `running_program`.

    Args:
        command: The command line for a port.
        name: What sentences call it.
        scheme: Of its `url`.
    """

    def __init__(
        self, command: Callable[[int], list[str]], name: str, scheme: str
    ) -> None:
        self._command, self.name, self._scheme = command, name, scheme
        self._guard: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"{self._scheme}://{HOST}:{self.port}"

    async def start(self) -> None:
        """Start it, on the port it had before if it had one; returning: it listens.

        Raises:
            OSError: It ended, or did not listen in time; the sentence holds what it
                wrote last.
        """
        for remaining in reversed(range(TRIES)):
            port = self.port or _free_port()
            if await self._try(port):
                self.port = port
                return
            wrote = await self.stop()
            # Somebody may have taken the free port first.
            if self.port or not remaining:
                raise OSError(f"{self.name} did not start. It wrote: {wrote}")

    async def _try(self, port: int) -> bool:
        self._log = tempfile.TemporaryFile()
        # Returns at once; asyncio has no subprocesses on each of Windows' loops.
        self._guard = subprocess.Popen(  # noqa: ASYNC220
            [sys.executable, "-I", "-S", "-c", _GUARD, *self._command(port)],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            async with within(START_S, f"port of {self.name}"):
                while self._guard.poll() is None:
                    if await _listens(port):
                        return self._guard.poll() is None
                    await asyncio.sleep(0.02)
        except TimeoutError:
            return False
        return False

    async def stop(self) -> str:
        """End it, wait until it has ended, and return what it wrote last.

        Raises:
            TimeoutError: It could not even be killed.
        """
        guard, self._guard = self._guard, None
        if guard is None:
            return ""
        # Closing comes first and waits for nothing: it counts also when the wait
        # after it is interrupted.
        guard.stdin.close()
        await asyncio.to_thread(guard.wait, 2 * STOP_S)
        with self._log:
            self._log.seek(0)
            return self._log.read()[-2000:].decode(errors="replace").strip()


@asynccontextmanager
async def running_program(
    command: Callable[[int], list[str]], name: str, scheme: str = "http"
) -> AsyncIterator[Child]:
    """A program that listens on a free port, until the end of the block.

    Entering means that it listens. It ends with the block, also when the cell is
    interrupted, and also when this process is killed.

    Args:
        command: Gives the command line for a port.
        name: What sentences call it.
        scheme: Of its `url`.

    Raises:
        OSError: It did not start; the sentence holds what it wrote last.

    Not handled here: programs that leave their own children behind.
    """
    child = Child(command, name, scheme)
    try:
        await child.start()
        yield child
    finally:
        await child.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except ConnectionError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
