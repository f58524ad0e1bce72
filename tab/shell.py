"""What IPython is to widgets and to the book: how values are shown, what errors say.

The published page carries a small part of IPython in place of the whole: its printer
and its `display`, and this in place of its shell.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace, TracebackType
from typing import Any, ClassVar

from IPython.lib import pretty

from tab.outputs import Outputs

# As IPython's: methods by which a value says how it looks, beside its text.
_METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
}
Handler = Callable[..., None]


class Shell:
    """Stands where IPython's shell stands: `get_ipython()`.

    Args:
        outputs: Where to show.
        report: Shows an error: called with it.
        namespace: The reader's names.
    """

    here: ClassVar[Shell | None] = None

    def __init__(
        self,
        outputs: Outputs,
        report: Callable[[BaseException], None],
        namespace: dict[str, Any],
    ) -> None:
        self._outputs, self._report = outputs, report
        self.user_ns = namespace
        self.display_formatter = Formatter()
        self.display_pub = Publisher(outputs)
        self.events = SimpleNamespace(trigger=lambda *_: None)
        # What sentences about mistakes say of the page's own buttons, by language.
        self.sentences: dict[str, dict[str, str]] = {}
        self._kinds: tuple[type[BaseException], ...] = ()
        self._handler: Handler | None = None

    def set_custom_exc(
        self, kinds: tuple[type[BaseException], ...], handler: Handler
    ) -> None:
        """Errors of these kinds go to `handler(shell, kind, error, trace, None)`."""
        self._kinds, self._handler = kinds, handler

    def fail(self, error: BaseException) -> None:
        """A cell raised `error`: show it, past the handler if one is set."""
        if self._handler and isinstance(error, self._kinds):
            self._handler(self, type(error), error, error.__traceback__, None)
        else:
            self._report(error)

    def showtraceback(
        self,
        error: tuple[type, BaseException, TracebackType | None],
        tb_offset: int | None = None,
    ) -> None:
        self._report(error[1])


class Publisher:
    """IPython's display publisher: what is shown goes to the page."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        content = {"kind": "display", "data": data, "metadata": metadata or {}}
        if (name := (transient or {}).get("display_id")) is not None:
            content["display_id"] = name
        if update:
            content["update"] = True
        self._outputs.send("output", **content)

    def clear_output(self, wait: bool = False) -> None:
        self._outputs.send("clear", wait=wait)


class Formatter:
    """IPython's display formatter: a value to the forms in which it can be shown."""

    def __init__(self) -> None:
        self.formatters = {"text/plain": Text()}

    def format(
        self,
        value: Any,
        include: set[str] | None = None,
        exclude: set[str] | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The forms by media type, and what is said about each.

        >>> Formatter().format({"a": 1})
        ({'text/plain': "{'a': 1}"}, {})
        """
        if _method(value, "_ipython_display_"):
            value._ipython_display_()
            return {}, {}
        data, metadata = _bundle(value)
        if "text/plain" not in data:
            data["text/plain"] = self.formatters["text/plain"](value)
        for kind, name in _METHODS.items():
            if kind not in data and (method := _method(value, name)):
                if (shown := method()) is not None:
                    data[kind] = shown
        chosen = [
            kind
            for kind in data
            if (not include or kind in include) and kind not in (exclude or ())
        ]
        return {kind: data[kind] for kind in chosen}, metadata


class Text:
    """IPython's printer, with what `for_type` taught it."""

    def __init__(self) -> None:
        self._printers = dict(pretty._type_pprinters)

    def for_type(self, kind: type, printer: Callable[[Any, Any, bool], None]) -> None:
        self._printers[kind] = printer

    def __call__(self, value: Any) -> str:
        stream = io.StringIO()
        printer = pretty.RepresentationPrinter(
            stream, max_width=79, type_pprinters=self._printers
        )
        printer.pretty(value)
        printer.flush()
        return stream.getvalue()


def _method(value: Any, name: str) -> Callable[..., Any] | None:
    # Of the class: a class itself, or a mock that has every name, is no such value.
    found = getattr(type(value), name, None)
    return getattr(value, name) if callable(found) else None


def _bundle(value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    if method := _method(value, "_repr_mimebundle_"):
        made = method(include=None, exclude=None)
        if isinstance(made, tuple):
            return dict(made[0]), dict(made[1])
        if made is not None:
            return dict(made), {}
    return {}, {}
