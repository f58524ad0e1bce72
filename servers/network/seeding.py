"""Randomness that repeats: the same masks, keys and session ids on every run."""

from __future__ import annotations

import importlib
import inspect
import random
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from unittest.mock import patch

# Where the libraries take random bytes from: module, name in it, function. Only these
# names are exchanged, because Jupyter draws its own ids from the same sources.
_SOURCES = [
    ("websockets.utils", "secrets", "token_bytes"),  # Sec-WebSocket-Key
    ("websockets.frames", "secrets", "token_bytes"),  # masking keys
    ("aiohttp.client", "os", "urandom"),  # Sec-WebSocket-Key
    ("engineio.base_server", "secrets", "token_bytes"),  # session ids
]

_draw: Callable[[int], bytes] = secrets.token_bytes


def random_bytes(size: int) -> bytes:
    """`size` bytes nobody can guess; inside `seeding` the next of a fixed series."""
    return _draw(size)


@contextmanager
def seeding(seed: int) -> Iterator[None]:
    """Masks, keys and session ids repeat inside the block.

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
    with ExitStack() as stack:
        stack.enter_context(patch(f"{__name__}._draw", draw))
        for module_name, name, function in _SOURCES:
            if module_name.split(".")[0] in sys.modules:
                # A library may load its own modules late, so "imported" is asked of
                # the package.
                module = importlib.import_module(module_name)
                original = vars(getattr(module, name))
                seeded = SimpleNamespace(**original | {function: draw})
                stack.enter_context(patch.object(module, name, seeded))
        if writer := sys.modules.get("aiohttp._websocket.writer"):
            stack.enter_context(_seeded_masks(writer.WebSocketWriter, seed))
        yield


@contextmanager
def _seeded_masks(writer: type, seed: int) -> Iterator[None]:
    # aiohttp draws masks from one generator that is a default argument.
    masks = inspect.signature(writer).parameters["random"].default
    state = masks.getstate()
    masks.seed(seed)
    try:
        yield
    finally:
        masks.setstate(state)
