"""A bar for work that takes longer than a reader likes to wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sized
from html import escape
from types import TracebackType
from typing import Any, Generic, TypeVar

from IPython import get_ipython
from IPython.display import DisplayHandle

from widgets.faces import number_text

Item = TypeVar("Item")

# Nothing for work that is quick; then often enough to be seen moving.
FIRST_S = 0.5
EVERY_S = 0.2
BLANK = {"text/plain": ""}
LABELS = {
    "en": {"done": "{} of {}", "name": "Progress"},
    "vi": {"done": "{} trên {}", "name": "Tiến độ"},
}


class progress(Generic[Item]):
    """The items one by one, while a bar shows how many are done.

        for case in progress(cases, lang=lang):
            ...

    Or, around work without parts to count, such as programs that start:

        async with progress(lang=lang):
            ...

    In JupyterLab the bar moves, and it is gone when the work is done, also when that
    failed or was interrupted. What is stored is an empty output, the same on every
    run. Without a notebook there is no bar.

    Args:
        items: To go through, with `for` or, when they come so, with `async for`;
            none around a block.
        total: How many there are; None: as many as `len(items)` says, if it does.
        lang: "en" or "vi".

    Not handled here: one item that takes seconds itself; cut it up.

    >>> [case * 2 for case in progress([1, 2, 3])]
    [2, 4, 6]
    """

    def __init__(
        self,
        items: Iterable[Item] | AsyncIterable[Item] = (),
        total: int | None = None,
        lang: str = "en",
    ) -> None:
        self._items = items
        if total is None and isinstance(items, Sized):
            total = len(items)
        self._total, self._lang = total, lang

    def __iter__(self) -> Iterator[Item]:
        with _Bar(self._total, self._lang) as bar:
            for item in self._items:
                yield item
                bar.count()

    async def __aiter__(self) -> AsyncIterator[Item]:
        with _Bar(self._total, self._lang) as bar:
            async for item in self._items:
                yield item
                bar.count()

    async def __aenter__(self) -> None:
        self._around = _Bar(None, self._lang).__enter__()
        # Nobody counts: the time alone brings it, and the browser moves it.
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(FIRST_S, self._around.show)

    async def __aexit__(self, *raised: Any) -> None:
        self._timer.cancel()
        self._around.__exit__(*raised)


class _Bar:
    """One output of the cell, rewritten now and then."""

    def __init__(self, total: int | None, lang: str) -> None:
        self._total, self._lang, self._done = total, lang, 0
        self._shown: DisplayHandle | None = None

    def __enter__(self) -> _Bar:
        self._due_s = time.monotonic() + FIRST_S
        if get_ipython():
            # Empty at first and empty in the end: what is stored never differs.
            self._shown = DisplayHandle()
            self._shown.display(BLANK, raw=True)
        return self

    def count(self) -> None:
        self._done += 1
        now_s = time.monotonic()
        if now_s >= self._due_s:
            self._due_s = now_s + EVERY_S
            self.show()

    def show(self) -> None:
        if self._shown:
            self._shown.update(BLANK | {"text/html": self.html()}, raw=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._shown:
            self._shown.update(BLANK, raw=True)

    def html(self) -> str:
        """The bar, as HTML without script or style sheet."""
        words = LABELS[self._lang]
        text = number_text(self._done, self._lang) if self._done else ""
        values: dict[str, Any] = {"aria-label": words["name"]}
        if self._total:
            values |= {"max": self._total, "value": min(self._done, self._total)}
            text = words["done"].format(text, number_text(self._total, self._lang))
        pairs = "".join(f' {name}="{escape(str(v))}"' for name, v in values.items())
        return (
            '<div style="display:flex; flex-wrap:wrap; gap:0.6em; align-items:center">'
            f'<progress{pairs} style="flex:1 1 12em; max-width:30em"></progress>'
            f'<span style="font-variant-numeric:tabular-nums">{text}</span></div>'
        )
