"""The kernel in the reader's tab: runs cells, and says on which page's cell what shows.

It stands where ipykernel stands in JupyterLab, for the same cells. The worker hands it
messages and takes its answers; both are plain values, so CPython can run it too.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import linecache
import sys
import time
from collections import deque
from types import CodeType, ModuleType
from typing import Any

from servers.network.memory import plug_in
from servers.network.network import Network
from servers.network.trace import Trace
from tab import comms, refusals
from tab.errors import report_of
from tab.outputs import Outputs, Post, Stream
from tab.shell import Shell

MOST_TRACE_BYTES = 100_000_000


class Kernel:
    """Runs cells one after the other, on the running event loop.

    Args:
        post: Takes each message to the page.
        lang: The reader's language, "en" or "vi".
    """

    def __init__(self, post: Post, lang: str = "en") -> None:
        self._post = post
        loop = asyncio.get_running_loop()
        self.outputs = Outputs(post, loop.call_soon)
        self.main = ModuleType("__main__")
        self.names = vars(self.main)
        self.shell = Shell(self.outputs, self._report, self.names)
        self.shell.sentences = refusals.SENTENCES
        self.comms = comms.Comms(post, self.outputs)
        self.lang = lang
        self._waiting: deque[dict[str, Any]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._cell = ""

    def receive(self, message: dict[str, Any]) -> None:
        """One message of the page: run, stop or comm."""
        match message["type"]:
            case "run":
                self._waiting.append(message)
                self._next()
            case "stop":
                self._stop(message["cell"])
            case "comm":
                self.comms.receive(message)

    def _next(self) -> None:
        if self._task is None and self._waiting:
            message = self._waiting.popleft()
            self._cell = message["cell"]
            running = self._run(**message)
            self._task = asyncio.get_running_loop().create_task(running)

    def _stop(self, cell: str) -> None:
        if self._task and cell == self._cell:
            self._task.cancel()
            return
        for message in [m for m in self._waiting if m["cell"] == cell]:
            self._waiting.remove(message)
            self._done(cell, "stopped", 0.0)

    async def _run(self, cell: str, code: str, name: str, **_: Any) -> None:
        self.outputs.enter(cell)
        self._post({"type": "started", "cell": cell})
        began_s = time.monotonic()
        status = "ok"
        try:
            value = await evaluate(code, name, self.names)
            if value is not None:
                data, metadata = self.shell.display_formatter.format(value)
                if data:
                    content = {"data": data, "metadata": metadata}
                    self.outputs.send("output", kind="result", **content)
        except asyncio.CancelledError as stopped:
            status = "stopped"
            self.shell.fail(stopped)
        except BaseException as error:  # whatever a reader's code raises, it is shown
            status = "error"
            self.shell.fail(error)
        finally:
            self._task = None
            self._done(cell, status, time.monotonic() - began_s)
            asyncio.get_running_loop().call_soon(self._next)

    def _done(self, cell: str, status: str, seconds: float) -> None:
        self.outputs.flush()
        seconds = round(seconds, 3)
        said = {"type": "done", "cell": cell, "status": status, "seconds": seconds}
        self._post(said)

    def _report(self, error: BaseException) -> None:
        refusals.explain(error, self.lang)
        self.outputs.send("error", **report_of(error, self.lang))


async def evaluate(code: str, name: str, names: dict[str, Any]) -> Any:
    """What a cell's last expression gives; None when it ends in something else.

    Args:
        code: May hold `await` and `async with` at its top.
        name: What a traceback calls the cell.
        names: The reader's names.

    >>> asyncio.run(evaluate("a = 6\\na * 7", "Cell 1", {}))
    42
    """
    code = code.rstrip("\n") + "\n"
    lines = code.splitlines(keepends=True)
    # So tracebacks and `inspect.getsource` find it; without a time it never goes stale.
    linecache.cache[name] = (len(code), None, lines, name)  # type: ignore[assignment]
    tree = compile(code, name, "exec", ast.PyCF_ONLY_AST | _TOP_LEVEL_AWAIT)
    last = tree.body.pop() if _ends_in_value(tree, code) else None
    await _do(compile(tree, name, "exec", _TOP_LEVEL_AWAIT), names)
    if last is None:
        return None
    expression = ast.Expression(last.value)
    return await _do(compile(expression, name, "eval", _TOP_LEVEL_AWAIT), names)


_TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def _ends_in_value(tree: ast.Module, code: str) -> bool:
    # As in a notebook: a semicolon at the end keeps the value to itself.
    is_silent = code.rstrip().endswith(";")
    return bool(tree.body) and isinstance(tree.body[-1], ast.Expr) and not is_silent


async def _do(code: CodeType, names: dict[str, Any]) -> Any:
    value = eval(code, names)
    return await value if code.co_flags & inspect.CO_COROUTINE else value


def start(post: Post, lang: str) -> Kernel:
    """The kernel of this process, with everything that it stands in for.

    Call it once, with an event loop running.
    """
    plug_in(Network(most=refusals.MOST_CONNECTIONS))
    Trace.most_bytes = MOST_TRACE_BYTES
    refusals.put_up()
    kernel = Kernel(post, lang)
    comms.stand_in(kernel.comms)
    sys.stdout = Stream(kernel.outputs, "stdout")
    sys.stderr = Stream(kernel.outputs, "stderr")
    sys.modules["__main__"] = kernel.main
    Shell.here = kernel.shell
    return kernel
