"""What stands around an exchange with a browser, in both languages."""

LABELS = {
    "en": {
        "heads": ("A browser", "", "The kernel"),
        "recorded": "Recorded: {}. In JupyterLab and on Binder, your own browser does "
        "it.",
        "none": "Nothing was recorded. In JupyterLab and on Binder, your own browser "
        "does it.",
        "changes": "What the proxy in between changes",
    },
    "vi": {
        "heads": ("Một trình duyệt", "", "Kernel"),
        "recorded": "Bản ghi: {}. Trong JupyterLab và trên Binder, chính trình duyệt "
        "của bạn kết nối.",
        "none": "Chưa có bản ghi. Trong JupyterLab và trên Binder, chính trình duyệt "
        "của bạn kết nối.",
        "changes": "Proxy ở giữa làm thay đổi những gì",
    },
}
_COOKIES = {
    "en": "Jupyter's own cookies reach the server in the kernel; they are hidden here. "
    "So never print all headers.",
    "vi": "Cookie của chính Jupyter tới được máy chủ trong kernel; ở đây chúng được "
    "che đi. Vì thế đừng bao giờ in ra mọi header.",
}
_CHANGES = {
    "en": {
        "websocket": (
            "A page cannot reach the kernel's port by itself. jupyter-server-proxy "
            "stands in between: two connections, two handshakes.",
            "The browser is told the first subprotocol that it offered, whichever the "
            "server chose.",
            "permessage-deflate is not agreed with the browser.",
            "The server's pings are answered by the proxy.",
            "A close loses its code, in both directions: 4001 becomes 1005.",
        ),
        "eventsource": (
            "A page cannot reach the kernel's port by itself. jupyter-server-proxy "
            "stands in between: two connections, two requests.",
            "Each piece is handed on as it comes.",
            "When the browser closes, the server is not told: the proxy goes on "
            "reading.",
        ),
        "socketio": (
            "A page cannot reach the kernel's port by itself. jupyter-server-proxy "
            "stands in between, for every request and for the WebSocket.",
            "permessage-deflate is not agreed with the browser.",
        ),
    },
    "vi": {
        "websocket": (
            "Trang web không tự tới được cổng của kernel. Ở giữa là "
            "jupyter-server-proxy: hai kết nối, hai lần bắt tay.",
            "Trình duyệt được báo giao thức con đầu tiên mà nó đề nghị, dù máy chủ "
            "chọn cái nào.",
            "permessage-deflate không được thỏa thuận với trình duyệt.",
            "Ping của máy chủ do proxy trả lời.",
            "Mã đóng bị mất, theo cả hai chiều: 4001 thành 1005.",
        ),
        "eventsource": (
            "Trang web không tự tới được cổng của kernel. Ở giữa là "
            "jupyter-server-proxy: hai kết nối, hai yêu cầu.",
            "Từng mẩu dữ liệu được chuyển đi ngay khi tới.",
            "Trình duyệt đóng mà máy chủ không được báo: proxy vẫn đọc tiếp.",
        ),
        "socketio": (
            "Trang web không tự tới được cổng của kernel. Ở giữa là "
            "jupyter-server-proxy, cho từng yêu cầu và cho cả WebSocket.",
            "permessage-deflate không được thỏa thuận với trình duyệt.",
        ),
    },
}


def changes_of(kind: str, lang: str) -> list[str]:
    """What jupyter-server-proxy 4.6.0 changes, a sentence each.

    Args:
        kind: "websocket", "eventsource" or "socketio".
        lang: "en" or "vi".
    """
    return [*_CHANGES[lang][kind], _COOKIES[lang]]
