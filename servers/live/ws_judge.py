"""Autobahn's cases as a judge that has time: seconds of its clock cost nothing.

kosoku's own runner waits real seconds, and a busy machine then decides what a server
is worth. Here the same case files are asked over the network in memory.
"""

from __future__ import annotations

import asyncio
import importlib
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import kosoku
from kosoku import _caseindex

from servers.live.ws_case_peer import CasePeer
from servers.network.listening import HOST, HasPort
from servers.network.virtual_time import simulate

# The core of the protocol; 9 and 10 are about speed, 12 and 13 about compression.
SECTIONS = range(1, 8)


@dataclass(frozen=True)
class Verdict:
    """What a case says of a server.

    Args:
        case: Such as "7.1.5".
        message, close: "OK", "NON-STRICT", "FAILED", ... about what came back, and
            about how the connection ended.
        close_code: What the server's close frame said; None: no frame, or no code.
        description: What the case does, in the suite's words.
    """

    case: str
    message: str
    close: str
    close_code: int | None
    description: str


@cache
def cases() -> dict[str, Callable[[CasePeer], Any]]:
    """Autobahn's cases of `SECTIONS` by number, in order.

    >>> len(cases()), next(iter(cases()))
    (246, '1.1.1')
    """
    _caseindex.initialize_shims()
    folder = Path(kosoku.__file__).parent / "cases"
    found: dict[str, Callable[[CasePeer], Any]] = {}
    for path in folder.glob("case[1-7]_*.py"):
        module = importlib.import_module(path.stem)
        listed = getattr(module, "Case" + path.stem.removeprefix("case").upper())
        for case in listed if isinstance(listed, list) else [listed]:
            found[".".join(re.findall(r"\d+", case.__name__))] = case
    return dict(sorted(found.items(), key=lambda pair: _numbers(pair[0])))


def judge(
    case: str, make_server: Callable[[], AbstractAsyncContextManager[HasPort]]
) -> Verdict:
    """The verdict of one case on a server of its own, in virtual time.

    Args:
        case: A key of `cases()`.
        make_server: Its block is entered for the case; the server echoes.
    """

    async def asked() -> Verdict:
        async with make_server() as server:
            return await ask(case, server.port)

    return simulate(asked)


async def ask(case: str, port: int) -> Verdict:
    """The verdict of one case on a server that runs, on the event loop's own clock.

    Raises:
        OSError: Nobody listens there.
    """
    kind = cases()[case]

    def make_case(peer: CasePeer) -> Any:
        made = kind(peer)
        # Autobahn compares pickles, in which equal strings may differ.
        made.compare = lambda one, other: one == other
        return made

    loop = asyncio.get_running_loop()
    _, peer = await loop.create_connection(lambda: CasePeer(make_case), HOST, port)
    told = await peer.over
    return Verdict(
        case, told.behavior, told.behaviorClose, peer.remoteCloseCode, kind.DESCRIPTION
    )


def _numbers(case: str) -> list[int]:
    return [int(number) for number in case.split(".")]
