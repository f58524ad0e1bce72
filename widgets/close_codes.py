"""All close codes of a WebSocket as a table, made from what the code checks."""

from __future__ import annotations

from servers.wire.close_codes import CLOSE_CODES, CloseCode, may_travel
from servers.wire.coming_back import asks_to_come_back
from widgets.faces import CELL, LANGUAGES, ROW, TABLE, TIGHT

# WHATWG WebSockets, `close(code)`: every other one raises InvalidAccessError.
PAGE_CODES = frozenset({1000, *range(3000, 5000)})
# Both say it; 1001, 1006, 1011 and 1014 leave it to the client's judgement.
SAY_LATER = frozenset({1012, 1013})
LABELS = {
    "en": {
        "heads": ("Code", "Name", "Travels", "From a page", "Come back?"),
        "says": "It says",
        "yes": "✓",
        "no": "–",
        "later": "yes, later",
        "care": "with care",
        "yours": "you decide",
        "ranges": {3000: "registered by libraries", 4000: "your application's own"},
        "meanings": {code: row.meaning for code, row in CLOSE_CODES.items()},
    },
    "vi": {
        "heads": ("Mã", "Tên", "Gửi đi", "Từ trang", "Quay lại?"),
        "says": "Ý nghĩa",
        "yes": "✓",
        "no": "–",
        "later": "có, lát nữa",
        "care": "có, thận trọng",
        "yours": "tùy bạn",
        "ranges": {3000: "thư viện đăng ký", 4000: "riêng của ứng dụng"},
        "meanings": {
            1000: "xong việc",
            1001: "máy chủ dừng, hoặc người dùng rời trang",
            1002: "bên kia phạm luật giao thức",
            1003: "không nhận loại dữ liệu này",
            1004: "chưa có nghĩa",
            1005: "close đến mà không kèm mã",
            1006: "không có close nào đến",
            1007: "không phải UTF-8",
            1008: "trái quy định của bên này",
            1009: "quá dài, không nhận nổi",
            1010: "thiếu phần mở rộng bắt buộc",
            1011: "máy chủ gặp lỗi",
            1012: "máy chủ khởi động lại",
            1013: "quá tải, hãy quay lại sau",
            1014: "máy chủ phía sau gặp lỗi",
            1015: "TLS thất bại",
        },
    },
}


class CloseCodes:
    """A row for each close code: who may say it, and what to do when it comes.

    Args:
        lang: "en" or "vi"; the names are the registry's.

    >>> print(CloseCodes())  # doctest: +ELLIPSIS
    1000 Normal Closure: ✓ | ✓ | – | done
    1001 Going Away: ✓ | – | with care | server stops or page left
    ...
    """

    def __init__(self, lang: str = "en") -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"lang is {lang!r}; it can be {' or '.join(LANGUAGES)}")
        self.lang = lang

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Code, name, travels, a page may send it, come back, what it says."""
        words = LABELS[self.lang]
        rows = [self._row(code) for code in CLOSE_CODES.values()]
        for first, name in words["ranges"].items():
            answers = (self._yes(may_travel(first)), self._yes(first in PAGE_CODES))
            rows.append((f"{first}–{first + 999}", "", *answers, words["yours"], name))
        return rows

    def _row(self, close: CloseCode) -> tuple[str, ...]:
        words, code = LABELS[self.lang], close.code
        back = "care" if asks_to_come_back(code) else "no"
        return (
            str(code),
            close.name,
            self._yes(close.may_travel),
            self._yes(code in PAGE_CODES),
            words["later" if code in SAY_LATER else back],
            words["meanings"][code],
        )

    def _yes(self, so: bool) -> str:
        return LABELS[self.lang]["yes" if so else "no"]

    def __repr__(self) -> str:
        return "\n".join(
            f"{' '.join(row[:2]).strip()}: {' | '.join(row[2:])}" for row in self.rows
        )

    def _repr_html_(self) -> str:
        words = LABELS[self.lang]
        names = (*words["heads"], words["says"])
        head = "".join(f'<th style="{CELL}">{name}</th>' for name in names)
        body = "".join(
            f'<tr style="{ROW}"><td style="{TIGHT}">{row[0]}</td>'
            + "".join(f'<td style="{CELL}">{cell}</td>' for cell in row[1:-1])
            + f'<td style="{CELL}; min-width:10em">{row[-1]}</td>'
            + "</tr>\n"
            for row in self.rows
        )
        return (
            f'<div style="overflow-x:auto"><table style="{TABLE}; min-width:34rem; '
            'font-size:0.9em">'
            f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>"
        )
