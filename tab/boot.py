"""The seam between the worker's JavaScript and the kernel. Only Pyodide imports it."""

from __future__ import annotations

import asyncio
import json
import random
import time
from asyncio import events
from collections.abc import Callable
from typing import Any

from pyodide.ffi import create_proxy, to_js

from tab.kernel import start
from tab.loop import TabLoop


def boot(to_page: Any, lang: str, turning: Callable[[Any], Callable[[], None]]) -> Any:
    """The kernel in this worker, and what takes its messages.

    Args:
        to_page: Takes a message as JSON text, and its buffers or nothing.
        lang: The reader's language.
        turning: Given what takes one turn of the loop, it gives what asks for a turn.
    """
    # From a snapshot, everybody would draw the same numbers.
    random.seed()
    # Pyodide's own pause lets other code run meanwhile, where the browser can do that.
    # A pause in a chapter is there to show that nothing else runs.
    time.sleep = getattr(time.sleep, "__wrapped__", time.sleep)
    wake: list[Callable[[], None]] = []
    loop = TabLoop(lambda: wake[0]())
    wake.append(turning(create_proxy(loop.turn)))
    asyncio.set_event_loop(loop)
    events._set_running_loop(loop)

    def post(message: dict[str, Any]) -> None:
        buffers = message.pop("buffers", None)
        packed = to_js([bytes(b) for b in buffers]) if buffers else None
        to_page(json.dumps(message, ensure_ascii=False), packed)

    kernel = start(post, lang)

    def receive(text: str, buffers: Any) -> None:
        kernel.receive(json.loads(text) | {"buffers": buffers.to_py()})

    return create_proxy(receive)
