"""The tab's kernel on CPython: what it says of which cell, and in which order."""

import asyncio
import inspect
import textwrap

import comm
import pytest

from tab.comms import stand_in
from tab.kernel import Kernel

DEADLINE_S = 20


def run(*cells, steps=None, names=None, lang="en"):
    """All messages of the kernel for these cells, each `(id, code)`.

    Args:
        steps: A coroutine function that is given the kernel and the messages, in place
            of waiting for the last cell.
        names: More names that the cells know.
        lang: The reader's language.
    """

    async def session():
        said = []
        kernel = Kernel(said.append, lang)
        kernel.names |= {"kernel": kernel} | (names or {})
        for cell, code in cells:
            message = {"type": "run", "cell": cell, "name": f"Cell {cell}"}
            kernel.receive(message | {"code": textwrap.dedent(code)})
        async with asyncio.timeout(DEADLINE_S):
            await (steps or until_done)(kernel, said)
        return said

    async def until_done(kernel, said):
        await until(said, type="done", cell=cells[-1][0])

    return asyncio.run(session())


async def until(said, **wanted):
    while not list(picked(said, **wanted)):  # noqa: ASYNC110 - messages are a list
        await asyncio.sleep(0)


def picked(said, **wanted):
    return [m for m in said if wanted.items() <= m.items()]


def printed(said, cell):
    return "".join(m["text"] for m in picked(said, type="stream", cell=cell))


def result(said, cell):
    (output,) = picked(said, type="output", cell=cell, kind="result")
    return output["data"]["text/plain"]


def test_a_cell_when_it_ends_in_a_value_shows_it():
    said = run(("a", "x = 6\nx * 7"), ("b", "x;"), ("c", "x = 1"), ("d", "None"))
    assert result(said, "a") == "42"
    assert [m["cell"] for m in picked(said, type="output")] == ["a"]
    assert [m["status"] for m in picked(said, type="done")] == ["ok"] * 4


def test_a_cell_when_it_awaits_at_the_top_goes_on():
    said = run(("a", "import asyncio\nawait asyncio.sleep(0, 'x')"))
    assert result(said, "a") == "'x'"


def test_long_values_when_shown_break_as_in_ipython():
    said = run(("a", "{n: 'x' * 20 for n in range(5)}"))
    assert result(said, "a").count("\n") == 4


def test_cells_when_sent_together_run_one_after_the_other():
    cells = [(c, f"import asyncio\nawait asyncio.sleep(0)\nprint({c!r})") for c in "ab"]
    said = run(*cells)
    kinds = [(m["type"], m["cell"]) for m in said if m["type"] in ("started", "done")]
    assert kinds == [(t, c) for c in "ab" for t in ("started", "done")]


def test_a_task_when_its_cell_is_over_still_prints_under_it(monkeypatch):
    code = """
    import asyncio, sys
    from tab.outputs import Stream
    out = Stream(kernel.outputs, "stdout")
    async def later():
        await gate.wait()
        print("late", file=out)
    gate = asyncio.Event()
    task = asyncio.create_task(later())
    """
    said = run(("a", code), ("b", "gate.set()\nawait task\nprint('b', file=out)"))
    assert printed(said, "a") == "late\n"
    assert printed(said, "b") == "b\n"


def test_an_error_when_raised_points_at_the_readers_line():
    said = run(("a", "def f():\n    raise ValueError('no')\n\nf()"))
    (error,) = picked(said, type="error")
    assert (error["name"], error["message"], error["line"]) == ("ValueError", "no", 2)
    assert error["traceback"] == [
        "Cell a, line 4",
        "----> 4 f()",
        "Cell a, line 2, in f",
        "----> 2     raise ValueError('no')",
        "ValueError: no",
    ]
    assert picked(said, type="done", status="error")


def test_an_error_when_read_in_vietnamese_says_where_in_vietnamese():
    said = run(("a", "def f():\n    raise ValueError('no')\n\nf()"), lang="vi")
    (error,) = picked(said, type="error")
    assert error["traceback"][::2] == [
        "Cell a, dòng 4",
        "Cell a, dòng 2, trong f",
        "ValueError: no",
    ]


def test_an_error_when_a_library_raises_it_names_both_places():
    said = run(("a", "import json\njson.loads('{')"))
    (error,) = picked(said, type="error")
    assert error["line"] == 2
    assert error["traceback"][:2] == ["Cell a, line 2", "----> 2 json.loads('{')"]
    assert "decoder.py" in error["traceback"][2]
    assert not any("tab/kernel" in line for line in error["traceback"])


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("x = (1,\n", "Python cannot read the cell: look at line 1"),
        ("import no_such", "`no_such` is not in this page"),
        ("raise ModuleNotFoundError(name='requests')", "Use `aiohttp.ClientSession`"),
        ("undefined", "An earlier cell makes `undefined`"),
    ],
)
def test_a_mistake_when_known_gets_its_sentence(code, sentence):
    (error,) = picked(run(("a", code)), type="error")
    assert sentence in error["traceback"][-1]


def test_a_cell_when_stopped_says_so_and_the_next_runs():
    async def stop(kernel, said):
        await until(said, type="started", cell="a")
        kernel.receive({"type": "stop", "cell": "a"})
        await until(said, type="done", cell="b")

    said = run(
        ("a", "import asyncio\nawait asyncio.Event().wait()"),
        ("b", "'next'"),
        steps=stop,
    )
    assert [m["status"] for m in picked(said, type="done")] == ["stopped", "ok"]


def test_a_cell_when_stopped_before_its_turn_never_starts():
    async def stop(kernel, said):
        kernel.receive({"type": "stop", "cell": "b"})
        kernel.names["gate"].set()
        await until(said, type="done", cell="a")

    said = run(
        ("a", "await gate.wait()"),
        ("b", "1"),
        steps=stop,
        names={"gate": asyncio.Event()},
    )
    assert [(m["cell"], m["status"]) for m in picked(said, type="done")] == [
        ("b", "stopped"),
        ("a", "ok"),
    ]
    assert not picked(said, type="started", cell="b")


def test_a_function_when_made_in_a_cell_has_its_source():
    code = "def f():\n    return 1"
    source = "import inspect\ninspect.getsource(f)"
    assert result(run(("a", code), ("b", source)), "b") == repr(f"{code}\n")


def test_a_display_when_updated_keeps_its_name():
    code = """
    publish = kernel.shell.display_pub.publish
    publish({"text/plain": "1"}, transient={"display_id": "bar"})
    publish({"text/plain": "2"}, transient={"display_id": "bar"}, update=True)
    """
    first, second = picked(run(("a", code)), type="output")
    assert (first["display_id"], second["display_id"]) == ("bar", "bar")
    assert "update" not in first and second["update"] is True


def test_text_when_written_before_a_display_comes_before_it():
    code = """
    from tab.outputs import Stream
    print("first", file=Stream(kernel.outputs, "stdout"))
    kernel.shell.display_pub.publish({"text/plain": "then"})
    """
    kinds = [m["type"] for m in run(("a", code)) if m["type"] in ("stream", "output")]
    assert kinds == ["stream", "output"]


def test_a_comm_when_opened_talks_both_ways(monkeypatch):
    for name in ("create_comm", "get_comm_manager"):
        monkeypatch.setattr(comm, name, getattr(comm, name))
    heard = []

    async def talk(kernel, said):
        stand_in(kernel.comms)
        one = comm.create_comm(target_name="demo", data={"state": {"x": 1}})
        one.on_msg(heard.append)
        one.send({"method": "update"}, buffers=[b"\x00\x01"])
        answer = {"type": "comm", "event": "msg", "comm": one.comm_id}
        kernel.receive(answer | {"content": {"data": {"y": 2}}, "buffers": [b"z"]})
        kernel.receive(answer | {"comm": "gone", "content": {"data": {}}})
        one.close()

    said = picked(run(("a", "1"), steps=talk), type="comm")
    assert [m["event"] for m in said] == ["open", "msg", "close"]
    assert said[0]["target"] == "demo"
    assert said[0]["content"]["data"] == {"state": {"x": 1}}
    assert said[1]["buffers"] == [b"\x00\x01"]
    assert heard[0]["content"]["data"] == {"y": 2}
    assert heard[0]["buffers"] == [b"z"]


def test_every_refusal_when_written_is_in_both_languages():
    from tab import refusals

    english, vietnamese = refusals.SENTENCES["en"], refusals.SENTENCES["vi"]
    assert english.keys() == vietnamese.keys()
    used = inspect.getsource(refusals)
    for name in english:
        assert used.count(f'"{name}"') >= 3 or name in ("interrupted", "left", "run")
