"""What libraries ask of the socket beside a transport, answered without a socket."""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from collections.abc import Callable
from functools import partial

Address = tuple[str, int]


class MemorySocket:
    """The socket of one end, or of a server, in memory: addresses and options.

    Args:
        at: Its own address and port.
        peer_at: The other end's; None for a socket that listens.
    """

    family = socket.AF_INET
    type = socket.SOCK_STREAM
    proto = socket.IPPROTO_TCP

    def __init__(self, at: Address, peer_at: Address | None = None) -> None:
        self._at = at
        self._peer_at = peer_at
        self.resets = False  # closing sends RST in place of FIN
        self.is_readable: Callable[[], bool] = lambda: False

    def getsockname(self) -> Address:
        return self._at

    def getpeername(self) -> Address:
        if self._peer_at is None:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return self._peer_at

    def setsockopt(self, level: int, option: int, value: int | bytes) -> None:
        """Accepted; only a linger time has an effect: (on, 0) makes closing a reset."""
        if (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER):
            layout = "hh" if os.name == "nt" else "ii"
            on, seconds = struct.unpack(layout, value)
            self.resets = bool(on) and seconds == 0

    def getsockopt(self, level: int, option: int, size: int = 0) -> int | bytes:
        return bytes(size) if size else 0

    def fileno(self) -> int:
        """-1: no file belongs to it."""
        return -1

    def __repr__(self) -> str:
        return f"<in memory, {self._at} to {self._peer_at}>"


def answer_httpcore() -> None:
    """httpcore asks the system about a socket before it uses it again: now us, too.

    It takes a socket without a file for one that the server closed, and would open a
    new connection for each request.
    """
    backend = sys.modules.get("httpcore._backends.anyio")
    if backend is None or isinstance(backend.is_socket_readable, partial):
        return
    ask = partial(_is_readable, backend.is_socket_readable)
    backend.is_socket_readable = ask  # type: ignore[attr-defined]


def _is_readable(ask_system: Callable[[object], bool], sock: object) -> bool:
    return sock.is_readable() if isinstance(sock, MemorySocket) else ask_system(sock)


def reset_by_peer() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))


def refused(at: Address) -> ConnectionRefusedError:
    return ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed {at}")


def timed_out(at: Address) -> TimeoutError:
    return TimeoutError(errno.ETIMEDOUT, f"Connect call failed {at}")


def in_use(at: Address) -> OSError:
    sentence = f"error while attempting to bind on address {at}: address already in use"
    return OSError(errno.EADDRINUSE, sentence)


def out_of_ports() -> OSError:
    return OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))


def too_many(most: int) -> OSError:
    sentence = f"{os.strerror(errno.EMFILE)}: {most} connections are open"
    return OSError(errno.EMFILE, sentence)
