"""Randomness that repeats: the same masks, keys and session ids on every run."""

from __future__ import annotations

import email.utils
import importlib
import inspect
import random
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

# Where the libraries take random bytes from: module, name in it, function. Only these
# names are exchanged, because Jupyter draws its own ids from the same sources.
_SOURCES = [
    ("websockets.utils", "secrets", "token_bytes"),  # Sec-WebSocket-Key
    ("websockets.frames", "secrets", "token_bytes"),  # masking keys
    ("aiohttp.client", "os", "urandom"),  # Sec-WebSocket-Key
    ("engineio.base_server", "secrets", "token_bytes"),  # session ids
]
# Where they throw dice: payloads of pings, waits before the next attempt.
_DICE = [
    ("websockets.asyncio.connection", "random"),
    ("websockets.client", "random"),
    ("socketio.async_client", "random"),
]
# Where they look at the clock on the wall for something that they send.
_CLOCKS = [("aiohttp.helpers", "time"), ("engineio.base_client", "time")]
# The moment at which every seeded demo begins: 20 November 2026, 08:00 in Hà Nội.
BEGAN_S = 1_795_136_400.0

# Where a value stands, and what stands there: owner, name, value.
Place = tuple[Any, str, object]
_ABSENT = object()

_draw: Callable[[int], bytes] = secrets.token_bytes
_seed: int | None = None
_wall_s: Callable[[], float] | None = None


def chance() -> random.Random:
    """Dice of the caller's own; inside `seeding` they fall the same on every run."""
    return random.Random(_seed)


def random_bytes(size: int) -> bytes:
    """`size` bytes nobody can guess; inside `seeding` the next of a fixed series."""
    return _draw(size)


@contextmanager
def seeding(seed: int) -> Iterator[None]:
    """Masks, keys, session ids and dates repeat inside the block.

    Reaches our own code, and those of websockets, aiohttp and python-socketio that
    are imported by now. For the book and its tests: whoever knows the seed knows
    every mask and id.

    >>> with seeding(20):
    ...     first = random_bytes(4)
    >>> with seeding(20):
    ...     random_bytes(4) == first
    True
    """
    draw = random.Random(seed).randbytes
    # In virtual time the clock on the wall goes on; else it stands.
    now = _wall_s or (lambda: BEGAN_S)
    with ExitStack() as stack:
        stack.enter_context(replacing(_places(seed, draw)))
        stack.enter_context(wall_clock(now, _CLOCKS))
        if writer := sys.modules.get("aiohttp._websocket.writer"):
            stack.enter_context(_seeded_masks(writer.WebSocketWriter, seed))
        yield


def _places(seed: int, draw: Callable[[int], bytes]) -> Iterator[Place]:
    yield sys.modules[__name__], "_draw", draw
    yield sys.modules[__name__], "_seed", seed
    for module_name, name, function in _SOURCES:
        yield from _exchanged(module_name, name, **{function: draw})
    for module_name, name in _DICE:
        dice = random.Random(seed)
        functions = {"random": dice.random, "getrandbits": dice.getrandbits}
        yield from _exchanged(module_name, name, **functions)


@contextmanager
def wall_clock(
    now: Callable[[], float], modules: Iterable[tuple[str, str]]
) -> Iterator[None]:
    """In the block, the libraries' `modules` and their Date lines show `now()`."""

    def formatdate(usegmt: bool) -> str:
        return email.utils.formatdate(now(), usegmt=usegmt)

    def places() -> Iterator[Place]:
        yield sys.modules[__name__], "_wall_s", now
        date = SimpleNamespace(formatdate=formatdate)
        yield from _exchanged("websockets.server", "email", utils=date)
        for module_name, name in modules:
            yield from _exchanged(module_name, name, time=now)

    with replacing(places()):
        yield


@contextmanager
def replacing(places: Iterable[Place]) -> Iterator[None]:
    """In the block, these attributes of modules or classes have other values.

    Does what `unittest.mock.patch` does, in a tenth of its time: each simulation
    replaces thirty.
    """
    before: list[Place] = []
    try:
        for owner, name, value in places:
            before.append((owner, name, vars(owner).get(name, _ABSENT)))
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in reversed(before):
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


def _exchanged(module_name: str, name: str, **functions: object) -> Iterator[Place]:
    """A library's `name` with other functions, for that library only.

    Nothing when the library is not imported.
    """
    if module_name.split(".")[0] not in sys.modules:
        return
    # A library may load its own modules late, so "imported" is asked of the package.
    module = importlib.import_module(module_name)
    original = vars(getattr(module, name))
    yield module, name, SimpleNamespace(**original | functions)


@contextmanager
def _seeded_masks(writer: type, seed: int) -> Iterator[None]:
    masks = _masks(writer)
    state = masks.getstate()
    masks.seed(seed)
    try:
        yield
    finally:
        masks.setstate(state)


@cache
def _masks(writer: type) -> random.Random:
    # aiohttp draws masks from one generator that is a default argument.
    return inspect.signature(writer).parameters["random"].default
