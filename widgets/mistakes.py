"""A sentence under a reader's mistake: what it is, and what to do about it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
import signal
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

from servers.network.leftovers import leftovers

SENTENCES = {
    "en": {
        "name": "An earlier cell makes `{name}`. Choose Run → Run All Above Selected "
        "Cell, then run this cell again.",
        "interrupted": "Interrupted. Nothing is left running: run this cell again.",
        "left": "Interrupted, and this is left: {left}. Choose Kernel → Restart Kernel "
        "and Run up to Selected Cell.",
        "port": "Another program has this port. Leave the port out, or use 0: the "
        "system then chooses a free one.",
        "await": "A coroutine stands here in place of its result: write `await` before "
        "the call that made it.",
        "with": "Nothing is open yet: open it with `async with … as name:`, and use "
        "`name` inside.",
        "timeout": "Write `async with` here: what waits cannot be opened by `with`.",
        "for": "These items come one after the other, with time in between: write "
        "`async for` to go through them.",
        "run": "The notebook has an event loop that already runs: write `await f()` in "
        "place of `asyncio.run(f())`.",
        "not run": "`{name}(…)` has not run yet, this is only its coroutine: write "
        "`await` before the call.",
        "never": "`{name}(…)` was called without `await`, so it has done nothing: "
        "write `await` before the call.",
    },
    "vi": {
        "name": "`{name}` được tạo ở một ô phía trên. Chọn Run → Run All Above "
        "Selected Cell rồi chạy lại ô này.",
        "interrupted": "Đã ngắt. Không còn gì đang chạy: bạn chạy lại ô này là được.",
        "left": "Đã ngắt, nhưng vẫn còn: {left}. Chọn Kernel → Restart Kernel and Run "
        "up to Selected Cell.",
        "port": "Cổng này đang có chương trình khác dùng. Bỏ trống cổng, hoặc ghi 0 để "
        "hệ thống chọn một cổng trống.",
        "await": "Ở đây mới là một coroutine chứ chưa phải kết quả của nó: bạn thêm "
        "`await` trước lời gọi đã tạo ra nó.",
        "with": "Chưa có gì được mở: bạn mở bằng `async with … as tên:` rồi dùng `tên` "
        "ở bên trong.",
        "timeout": "Ở đây bạn viết `async with`: thứ phải chờ thì không mở bằng `with` "
        "được.",
        "for": "Các phần tử này lần lượt tới theo thời gian: bạn viết `async for` để "
        "đi qua chúng.",
        "run": "Notebook đã có một event loop đang chạy: bạn viết `await f()` thay cho "
        "`asyncio.run(f())`.",
        "not run": "`{name}(…)` chưa chạy, đây mới chỉ là coroutine của nó: bạn thêm "
        "`await` trước lời gọi.",
        "never": "`{name}(…)` được gọi mà không có `await` nên chưa làm gì cả: bạn "
        "thêm `await` trước lời gọi.",
    },
}
# How Python itself words these mistakes. Whole wordings: a mere "coroutine" may be the
# name of something else.
_CONTEXT = r"'?(?:_AsyncGeneratorContextManager|connect|serve)'?"
_WORDINGS = (
    (AttributeError, r"'coroutine' object has no attribute", "await"),
    (AttributeError, rf"{_CONTEXT} object has no attribute", "with"),
    (TypeError, r"'coroutine' object (?:is not|does not)", "await"),
    (TypeError, r"(?:object|argument) of type 'coroutine' ", "await"),
    (TypeError, r"unsupported operand type\(s\) for .*'coroutine'", "await"),
    (TypeError, r".*not supported between instances of .*'coroutine'", "await"),
    (TypeError, r"bad operand type for .*'coroutine'$", "await"),
    (TypeError, r"cannot unpack non-iterable coroutine object$", "await"),
    (TypeError, r"'async for' requires .*, got coroutine$", "await"),
    (TypeError, r"Object of type coroutine is not JSON serializable", "await"),
    (TypeError, r"can only concatenate .* \(not \"coroutine\"\)", "await"),
    (TypeError, r"sequence item \d+: .* coroutine found$", "await"),
    (TypeError, rf"{_CONTEXT} object does not support the context manager", "with"),
    (TypeError, r"'Timeout' object does not support the context manager", "timeout"),
    (TypeError, rf"object {_CONTEXT} can't be used in 'await'", "with"),
    (TypeError, r"'async_generator' object is not iterable", "for"),
    (TypeError, r"object async_generator can't be used in 'await'", "for"),
    (RuntimeError, r"(?:asyncio|Runner)\.run\(\) cannot be called from a run", "run"),
    (RuntimeError, r"This event loop is already running$", "run"),
)
_INTERRUPTS = (asyncio.CancelledError, KeyboardInterrupt)
_MISTAKES = (NameError, OSError, AttributeError, TypeError, RuntimeError, *_INTERRUPTS)
_NEVER = re.compile(r"coroutine '(?:.*\.)?(\w+)' was never awaited")
_plain_warning = warnings.showwarning


def explain_mistakes(shell: Any, lang: str) -> None:
    """From now on, the notebook's mistakes get their sentences.

    Args:
        shell: IPython's. In a reader's tab it has sentences of its own, about the
            page's buttons in place of JupyterLab's menus.
        lang: "en" or "vi".
    """
    own = getattr(shell, "sentences", {})
    sentences = SENTENCES[lang] | own.get(lang, {})
    shell.set_custom_exc(_MISTAKES, _show_mistake(sentences))
    plain = shell.display_formatter.formatters["text/plain"]
    plain.for_type(types.CoroutineType, _show_coroutine(sentences))
    plain.for_type(
        contextlib._AsyncGeneratorContextManager,
        lambda _, printer, cycle: printer.text(sentences["with"]),
    )
    warnings.showwarning = _show_warning(sentences)
    _wake_for_interrupts()


def sentence_for(error: BaseException, sentences: dict[str, str]) -> str:
    """What to say under an error; "" when nothing is known about it.

    >>> sentence_for(TypeError("'int' object is not iterable"), SENTENCES["en"])
    ''
    """
    if isinstance(error, NameError):
        return sentences["name"].format(name=error.name)
    if isinstance(error, _INTERRUPTS):
        left = leftovers()
        text = sentences["left" if left else "interrupted"]
        return text.format(left="; ".join(left))
    if isinstance(error, OSError):
        return sentences["port"] if error.errno == errno.EADDRINUSE else ""
    for kind, wording, name in _WORDINGS:
        if isinstance(error, kind) and re.match(wording, str(error)):
            return sentences[name]
    return ""


def _show_mistake(sentences: dict[str, str]) -> Callable[..., None]:
    def show(
        shell: Any, kind: type, error: Any, traceback: Any, tb_offset: Any
    ) -> None:
        if sentence := sentence_for(error, sentences):
            error.add_note(sentence)
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)

    return show


def _show_coroutine(sentences: dict[str, str]) -> Callable[..., None]:
    def show(coroutine: Any, printer: Any, cycle: bool) -> None:
        printer.text(sentences["not run"].format(name=coroutine.__name__))

    return show


def _show_warning(sentences: dict[str, str]) -> Callable[..., None]:
    def show(message: Any, category: type, *where: Any, **more: Any) -> None:
        found = _NEVER.match(str(message))
        if not found:
            _plain_warning(message, category, *where, **more)
            return
        # Without the path of the cell's temporary file: it tells a reader nothing.
        sentence = sentences["never"].format(name=found[1])
        print(f"{category.__name__}: {message}\n{sentence}", file=sys.stderr)

    return show


def _wake_for_interrupts() -> None:
    """Lets Jupyter's interrupt reach a cell that waits for a library's server.

    Jupyter's handler only queues a call; a loop that sleeps in the system would not
    look. With any handler of its own a loop is woken by every signal. On Windows
    there are none; there, our servers wake the loop by themselves.
    """
    if hasattr(signal, "SIGURG"):
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGURG, lambda: None)
