"""Two ends of one real TCP connection, with buffers that are soon full."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from servers.network.listening import HOST


@contextmanager
def tcp_pair(buffer_bytes: int) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a TCP connection on this machine, closed when the block ends.

    Neither end blocks: what would have to wait raises `BlockingIOError`.

    Args:
        buffer_bytes: What the system is asked to hold on each side, for the bytes from
            the first end to the second. It may take more: Linux doubles the figure.

    Taught in 12-backpressure.

    >>> with tcp_pair(8192) as (near, far):
    ...     near.send(b"hello")
    5
    """
    near = socket.socket()
    with near, socket.create_server((HOST, 0)) as listener:
        # Before the handshake: it tells the other end how large the window may be.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
        near.connect(listener.getsockname())
        far, _ = listener.accept()
        with far:
            near.setblocking(False)
            far.setblocking(False)
            yield near, far
