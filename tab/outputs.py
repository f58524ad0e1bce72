"""Where an output belongs: to the cell that started the code that makes it."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

Post = Callable[[dict[str, Any]], object]

# Tasks inherit it, so what a cell left running still prints under that cell.
_cell: ContextVar[str] = ContextVar("cell")
# Many small writes become one message; a cell that computes for long still shows some.
EVERY_S = 0.1


class Outputs:
    """Sends what code shows to the page, with the id of its cell.

    Args:
        post: Takes each message.
        soon: Calls a function when the program lets go.
    """

    def __init__(
        self, post: Post, soon: Callable[[Callable[[], None]], object]
    ) -> None:
        self._post, self._soon = post, soon
        self._latest = ""
        self._text: list[str] = []
        self._where = ("", "")
        self._began_s = 0.0

    def enter(self, cell: str) -> None:
        """From here on in this context, outputs belong to `cell`.

        What was started in no cell's context (our servers: see `start_task`) shows its
        outputs under the cell that was entered last.
        """
        _cell.set(cell)
        self._latest = cell

    def send(self, message: str, /, **content: Any) -> None:
        """One message about the cell whose code runs now."""
        self.flush()
        self._post({"type": message, "cell": self.cell, **content})

    @property
    def cell(self) -> str:
        return _cell.get(self._latest)

    def write(self, name: str, text: str) -> None:
        where = (self.cell, name)
        if self._text and where != self._where:
            self.flush()
        if not self._text:
            self._where, self._began_s = where, time.monotonic()
            self._soon(self.flush)
        self._text.append(text)
        if time.monotonic() > self._began_s + EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Send what was written so far."""
        if self._text:
            cell, name = self._where
            text = "".join(self._text)
            self._text.clear()
            self._post({"type": "stream", "cell": cell, "name": name, "text": text})


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of the tab."""

    encoding = "utf-8"

    def __init__(self, outputs: Outputs, name: str) -> None:
        self._outputs, self.name = outputs, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self._outputs.write(self.name, text)
        return len(text)

    def flush(self) -> None:
        self._outputs.flush()
