"""What a tab cannot do, in a sentence that says what to do about it."""

from __future__ import annotations

import builtins
import errno
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

# So many connections may be open at once: each costs memory at both ends.
MOST_CONNECTIONS = 300
# So long may a cell pause the whole tab: chapter 11 shows what that does.
LONGEST_PAUSE_S = 5.0

SENTENCES: dict[str, dict[str, str]] = {
    "en": {
        # In place of those of widgets.mistakes, which name JupyterLab's menus.
        "name": "An earlier cell makes `{name}`. Choose “Run all above”, then run this "
        "cell again.",
        "interrupted": "Stopped. Nothing is left running: run this cell again.",
        "left": "Stopped, and this is left: {left}. Press “Restart Python”, then run "
        "the cells again from the top.",
        "run": "The page has an event loop that already runs: write `await f()` in "
        "place of `asyncio.run(f())`.",
        # The tab's own.
        "syntax": "Python cannot read the cell: look at line {line} and at the one "
        "above it for a bracket, a quotation mark or a colon that is missing.",
        "import": "`{name}` is not in this page. There are most of the standard "
        "library, aiohttp, websockets, socketio, httpx and h11. For other packages "
        "open the chapter in JupyterLab or Binder.",
        "requests": "`requests` waits with the whole tab, so it is not here. Use "
        "`aiohttp.ClientSession` or `httpx.AsyncClient`, with `await`.",
        "input": "The tab cannot stop and wait for your keys. Write the value into "
        'the cell: `name = "An"`.',
        "pause": "`time.sleep({seconds:g})` would hold up everything in the tab. "
        "Write `await asyncio.sleep({seconds:g})`.",
        "threads": "Python in a tab has no threads. Write a coroutine and "
        "`asyncio.create_task(…)`; for real threads open the chapter in JupyterLab "
        "or Binder.",
        "processes": "A tab cannot start programs. Open the chapter in JupyterLab or "
        "Binder for that.",
        "sockets": "Sockets that wait hold up the whole tab, and it has none. Use "
        "asyncio: `await asyncio.open_connection(…)`, `asyncio.start_server(…)`.",
        "tls": "There is no TLS in the tab: nobody else could read the bytes. Use "
        "ws:// or http:// here; wss:// and https:// work in JupyterLab or Binder.",
        "host": "The network of this page ends at your tab: no other host is reached, "
        "and here nobody listens on that port. Start the server in a cell above; for "
        "other hosts open the chapter in JupyterLab or Binder.",
        "many": "{most} connections are open, and the tab allows no more: close some, "
        "or open the chapter in JupyterLab or Binder.",
        "browser": "The page forbids its Python every other host. For them open the "
        "chapter in JupyterLab or Binder.",
    },
    "vi": {
        "name": "`{name}` được tạo ở một ô phía trên. Bạn chọn “Chạy mọi ô phía trên” "
        "rồi chạy lại ô này.",
        "interrupted": "Đã dừng. Không còn gì đang chạy: bạn chạy lại ô này là được.",
        "left": "Đã dừng, nhưng vẫn còn: {left}. Bạn bấm “Khởi động lại Python” rồi "
        "chạy lại các ô từ đầu.",
        "run": "Trang đã có một event loop đang chạy: bạn viết `await f()` thay cho "
        "`asyncio.run(f())`.",
        "syntax": "Python không đọc được ô này: bạn xem dòng {line} và dòng ngay trên "
        "nó, có thể thiếu một dấu ngoặc, dấu nháy hay dấu hai chấm.",
        "import": "Trang này không có `{name}`. Ở đây có phần lớn thư viện chuẩn, "
        "cùng aiohttp, websockets, socketio, httpx và h11. Muốn dùng gói khác, bạn mở "
        "chương này trong JupyterLab hoặc Binder.",
        "requests": "`requests` bắt cả thẻ phải chờ nên không có ở đây. Bạn dùng "
        "`aiohttp.ClientSession` hoặc `httpx.AsyncClient`, kèm `await`.",
        "input": "Thẻ trình duyệt không thể dừng lại chờ bạn gõ phím. Bạn ghi thẳng "
        'giá trị vào ô: `name = "An"`.',
        "pause": "`time.sleep({seconds:g})` sẽ làm cả thẻ đứng lại. Bạn viết `await "
        "asyncio.sleep({seconds:g})`.",
        "threads": "Python trong thẻ không có luồng (thread). Bạn viết một coroutine "
        "rồi gọi `asyncio.create_task(…)`; cần luồng thật thì mở chương này trong "
        "JupyterLab hoặc Binder.",
        "processes": "Thẻ trình duyệt không khởi chạy được chương trình khác. Muốn "
        "vậy, bạn mở chương này trong JupyterLab hoặc Binder.",
        "sockets": "Socket kiểu chờ làm cả thẻ đứng lại, nên ở đây không có. Bạn dùng "
        "asyncio: `await asyncio.open_connection(…)`, `asyncio.start_server(…)`.",
        "tls": "Trong thẻ không có TLS: chẳng ai khác đọc được các byte này. Ở đây "
        "bạn dùng ws:// hoặc http://; wss:// và https:// chạy được trong JupyterLab "
        "hoặc Binder.",
        "host": "Mạng của trang này chỉ nằm trong thẻ: không tới được máy nào khác, "
        "và trong thẻ chưa có ai lắng nghe ở cổng đó. Bạn khởi động máy chủ ở một ô "
        "phía trên; cần tới máy khác thì mở chương này trong JupyterLab hoặc Binder.",
        "many": "Đang mở {most} kết nối, thẻ không cho mở thêm: bạn đóng bớt, hoặc mở "
        "chương này trong JupyterLab hoặc Binder.",
        "browser": "Trang không cho Python trong thẻ tới máy nào khác. Muốn vậy, bạn "
        "mở chương này trong JupyterLab hoặc Binder.",
    },
}
_BLOCKING = ("requests", "urllib3")


class NotInTab(OSError):
    """Something that a tab has not; `name` is its sentence's.

    An OSError, for that is what the systems say that have not.
    """

    def __init__(self, name: str, **values: Any) -> None:
        self.sentence, self.values = name, values
        super().__init__(SENTENCES["en"][name].format(**values))


def explain(error: BaseException, lang: str) -> None:
    """Adds the reader's sentence to an error that the tab is the reason of."""
    if isinstance(error, NotInTab):
        sentence = SENTENCES[lang][error.sentence].format(**error.values)
        error.args = (sentence,)
        return
    for cause in _causes(error):
        if name := _name_of(cause):
            values = getattr(cause, "values", {}) | _values(cause)
            error.add_note(SENTENCES[lang][name].format(**values))
            return


def _name_of(error: BaseException) -> str:
    if isinstance(error, NotInTab):
        return error.sentence
    if isinstance(error, SyntaxError):
        return "syntax"
    if isinstance(error, NameError):
        # Before a chapter's first cell has run, nobody else explains it.
        return "" if hasattr(error, "__notes__") else "name"
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        return "requests" if package in _BLOCKING else "import"
    if isinstance(error, NotImplementedError) and "TLS" in str(error):
        return "tls"
    if isinstance(error, ConnectionRefusedError):
        return "host"
    if isinstance(error, OSError) and error.errno == errno.EMFILE:
        return "many"
    return "browser" if type(error).__name__ == "JsException" else ""


def _values(error: BaseException) -> dict[str, Any]:
    if isinstance(error, ModuleNotFoundError):
        return {"name": (error.name or "").partition(".")[0]}
    if isinstance(error, NameError):
        return {"name": error.name}
    if isinstance(error, SyntaxError):
        return {"line": error.lineno or 1}
    return {"most": MOST_CONNECTIONS}


def _causes(error: BaseException) -> Iterator[BaseException]:
    # A library wraps what went wrong in an error of its own.
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or cause in seen:
            continue
        seen.append(cause)
        yield cause
        waiting += [cause.__cause__, cause.__context__]
        waiting += getattr(cause, "exceptions", ())


def put_up() -> None:
    """From here on, what cannot work in a tab is refused by name."""
    builtins.input = _refusing("input")
    threading.Thread.start = _refusing("threads")  # type: ignore[method-assign]
    subprocess.Popen.__init__ = _refusing("processes")  # type: ignore[method-assign]
    os.system = os.popen = _refusing("processes")
    for name in ("connect", "connect_ex", "listen", "accept"):
        setattr(socket.socket, name, _refusing("sockets"))
    time.sleep = _pausing(time.sleep)


def _refusing(name: str) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise NotInTab(name)

    return refuse


def _pausing(sleep: Callable[[float], None]) -> Callable[[float], None]:
    def pause(seconds: float) -> None:
        if seconds > LONGEST_PAUSE_S:
            raise NotInTab("pause", seconds=seconds)
        sleep(seconds)

    return pause
