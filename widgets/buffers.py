"""The buffers: three queues between a writer and the network, filling and draining."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from traitlets import Dict, Int, List, TraitError, Unicode, validate

from widgets.buffers_following import QUEUES, BuffersFollowing
from widgets.events import check_number, check_order, most_merged
from widgets.faces import (
    CELL,
    FOLDER,
    ROW,
    TABLE,
    heading,
    number_text,
    shown,
    style_of,
    visible,
)
from widgets.following import Followed

MARKS = ("high_bytes", "low_bytes")
MAX_ROWS = 12
LABELS = {
    "en": {
        "time": "Time",
        "application_bytes": "Application",
        "transport_bytes": "Transport",
        "kernel_bytes": "Kernel",
        "writer": "Writer",
        "paused": "⏸ has to wait",
        "running": "▶ may write",
        "high_bytes": "high-water mark {}",
        "low_bytes": "low-water mark {}",
        "rows": "{} of {} samples.",
        "merged": "Each stands for up to {} samples: for the most in each queue.",
        "none": "Nothing was measured.",
    },
    "vi": {
        "time": "Thời điểm",
        "application_bytes": "Ứng dụng",
        "transport_bytes": "Transport",
        "kernel_bytes": "Nhân hệ điều hành",
        "writer": "Bên ghi",
        "paused": "⏸ phải chờ",
        "running": "▶ được ghi",
        "high_bytes": "ngưỡng cao {}",
        "low_bytes": "ngưỡng thấp {}",
        "rows": "{} trong {} mẫu.",
        "merged": "Mỗi mẫu đại diện cho tối đa {} mẫu: lấy lượng lớn nhất ở mỗi hàng.",
        "none": "Chưa đo được gì.",
    },
}


class Buffers(Followed):
    """What waits in the application, in the transport and in the kernel, over time.

    Args:
        samples: One dict for each moment, in the order of their times: {"time_ms": 20,
            "application_bytes": 0, "transport_bytes": 65536, "kernel_bytes": 40960,
            "paused": True}. The sizes are whole numbers of bytes that wait then;
            "paused" says whether the writer is told to wait.
        limits: The water marks, by the name of the queue: {"transport_bytes":
            {"high_bytes": 65536, "low_bytes": 16384}}. A queue without marks is left
            out.
        lang: "en" or "vi".
        title: One line above the bars; may be empty.
        selected: The sample that is shown first, counted from 0.

    Raises:
        TraitError: A value that cannot be shown; the sentence says which.

    >>> Buffers([{"time_ms": 0, "application_bytes": 0, "transport_bytes": 2048,
    ...           "kernel_bytes": 512, "paused": False}])
    0 ms: Application 0 B; Transport 2 KiB; Kernel 512 B; Writer ▶ may write
    """

    _esm = FOLDER / "buffers.js"
    _css = style_of("buffers")
    stored: ClassVar[tuple[str, ...]] = (
        "lang",
        "title",
        "samples",
        "limits",
        "selected",
    )

    title = Unicode("", help="One line above the bars.").tag(sync=True)
    samples = List(help="What waited, in order: see the class.").tag(sync=True)
    limits = Dict(help="The water marks by queue: see the class.").tag(sync=True)
    selected = Int(0, min=0, help="The sample that is shown, from 0.").tag(sync=True)

    def __init__(
        self,
        samples: Iterable[dict] = (),
        limits: dict[str, dict[str, int]] | None = None,
        lang: str = "en",
        title: str = "",
        **traits: Any,
    ) -> None:
        super().__init__(
            samples=list(samples), limits=limits or {}, lang=lang, title=title, **traits
        )

    @validate("samples")
    def _well_formed(self, proposal: Any) -> list[dict]:
        before: list[dict] = []
        for index, sample in enumerate(proposal["value"]):
            self.check_next(sample, before, f"samples[{index}]")
            before = [sample]
        return proposal["value"]

    def check_next(self, sample: Any, before: list[dict], at: str) -> None:
        """Nothing, when the sample may follow those before; otherwise a TraitError."""
        check_sample(sample, at)
        check_order(sample["time_ms"], before[-1]["time_ms"] if before else 0.0, at)

    @validate("limits")
    def _known_limits(self, proposal: Any) -> dict:
        for queue, marks in proposal["value"].items():
            if queue not in QUEUES:
                known = ", ".join(QUEUES)
                raise TraitError(f"limits has {queue!r}; it can have {known}")
            if not isinstance(marks, dict) or marks.keys() - set(MARKS):
                raise TraitError(f"limits: {queue} is not {{high_bytes, low_bytes}}")
            for name, value in marks.items():
                check_bytes(value, f"limits: {queue}: {name}")
        return proposal["value"]

    def follow(self, keep: int = 600) -> BuffersFollowing:
        """Shows the buffers and lets them fill and drain.

            async with Buffers(limits=limits, lang=lang).follow() as live:
                live.add({"application_bytes": 0, "transport_bytes": 2048,
                          "kernel_bytes": 512, "paused": False})

        Args:
            keep: How many samples the kernel, the page and the stored output hold at
                most; even. When there are more, each two neighbours become one.
        """
        return BuffersFollowing(self, keep)

    def merged_text(self) -> str:
        """That a sample stands for several, as a sentence; empty when none does."""
        if (most := most_merged(self.samples)) == 1:
            return ""
        return LABELS[self.lang]["merged"].format(number_text(most, self.lang))

    def marks_text(self) -> str:
        """The water marks as a sentence; empty without any."""
        words, said = LABELS[self.lang], []
        for queue in QUEUES:
            marks = self.limits.get(queue, {})
            said += [
                f"{words[queue]}: {words[m].format(bytes_text(marks[m], self.lang))}"
                for m in MARKS
                if m in marks
            ]
        return "; ".join(said)

    def rows(self) -> list[list[str]]:
        """The samples that tell the story: time, three queues, the writer."""
        words = LABELS[self.lang]
        return [
            [
                f"{number_text(sample['time_ms'], self.lang)} ms",
                *(bytes_text(sample[queue], self.lang) for queue in QUEUES),
                words["paused" if sample["paused"] else "running"],
            ]
            for sample in map(self.samples.__getitem__, telling(self.samples))
        ]

    def text(self) -> str:
        words, lines = LABELS[self.lang], []
        names = [words[name] for name in (*QUEUES, "writer")]
        for time, *cells in self.rows():
            said = "; ".join(map(" ".join, zip(names, cells, strict=True)))
            lines.append(f"{time}: {said}")
        if lines and self.limits:
            lines.append(self.marks_text())
        return "\n".join(map(visible, lines)) or words["none"]

    def snapshot(self) -> str:
        words, rows = LABELS[self.lang], self.rows()
        if not rows:
            return f"{heading(self.title)}<p>{words['none']}</p>"
        names = [words[name] for name in ("time", *QUEUES, "writer")]
        heads = "".join(f'<th style="{CELL}">{name}</th>' for name in names)
        body = "\n".join(
            f'<tr style="{ROW}">'
            + "".join(f'<td style="{CELL}">{shown(cell)}</td>' for cell in row)
            + "</tr>"
            for row in rows
        )
        said = [self.marks_text()] if self.limits else []
        said.append(words["rows"].format(len(rows), len(self.samples)))
        said[-1] = f"{said[-1]} {self.merged_text()}".strip()
        return (
            f'{heading(self.title)}<div style="overflow-x:auto">'
            f'<table style="{TABLE}"><thead><tr>{heads}</tr></thead>\n'
            f"<tbody>\n{body}\n</tbody></table></div>\n"
            + "\n".join(f"<p>{shown(line)}</p>" for line in said)
        )


def check_bytes(value: Any, at: str) -> None:
    """Nothing, when `value` is a whole number of bytes; otherwise a TraitError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TraitError(f"{at} is {value!r}, no number of bytes")


def check_sample(sample: Any, at: str) -> None:
    """Nothing, when the sample keeps to the contract.

    Raises:
        TraitError: It does not; the sentence names the sample.
    """
    names = ("time_ms", *QUEUES, "paused")
    if not isinstance(sample, dict) or sample.keys() - {"count"} != set(names):
        raise TraitError(f"{at} is not {{{', '.join(names)}}}")
    check_number(sample["time_ms"], at, "time_ms")
    if not isinstance(sample["paused"], bool):
        raise TraitError(f"{at}: paused is {sample['paused']!r}, not True or False")
    for queue in QUEUES:
        check_bytes(sample[queue], f"{at}: {queue}")


def telling(samples: list[dict]) -> list[int]:
    """Which samples a short table shows: both ends, the peaks, every pause.

    What room is left goes to samples at equal distances; so does that of the pauses
    when they are too many.
    """
    count = len(samples)
    if count <= MAX_ROWS:
        return list(range(count))
    chosen = {0, count - 1}
    chosen |= {max(range(count), key=lambda i: samples[i][queue]) for queue in QUEUES}
    waits = [sample["paused"] for sample in samples]
    pauses = chosen | {i for i in range(1, count) if waits[i] != waits[i - 1]}
    if len(pauses) <= MAX_ROWS:
        chosen = pauses
    room = MAX_ROWS - len(chosen)
    chosen |= {(i + 1) * (count - 1) // (room + 1) for i in range(room)}
    return sorted(chosen)


def bytes_text(value: int, lang: str) -> str:
    """A size for a reader.

    >>> bytes_text(512, "en"), bytes_text(1536, "vi"), bytes_text(2 << 20, "en")
    ('512 B', '1,5 KiB', '2 MiB')
    """
    for unit, size in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if value >= size:
            return f"{number_text(value / size, lang)} {unit}"
    return f"{value} B"
