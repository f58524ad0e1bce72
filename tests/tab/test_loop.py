"""The tab's event loop, turned by hand as the worker turns it."""

import asyncio
import sys

import pytest

from tab.loop import TabLoop
from tab.refusals import NotInTab


@pytest.fixture
def loop():
    hooks = sys.get_asyncgen_hooks()
    loop = TabLoop(lambda: loop.asked.append(1))
    loop.asked = []
    yield loop
    loop._thread_id = None
    loop.close()
    sys.set_asyncgen_hooks(*hooks)


def test_a_call_when_scheduled_asks_for_one_turn(loop):
    heard = []
    loop.call_soon(heard.append, 1)
    loop.call_soon(heard.append, 2)
    assert (loop.asked, heard) == ([1], [])
    assert loop.turn() is None
    assert heard == [1, 2]
    loop.call_soon(heard.append, 3)
    assert loop.asked == [1, 1]


def test_a_timer_when_not_due_says_when(loop):
    heard = []
    loop.call_later(60, heard.append, 1)
    assert 59 < loop.turn() <= 60
    loop.time = lambda: loop._scheduled[0].when()
    assert loop.turn() is None
    assert heard == [1]


def test_a_loop_when_always_busy_lets_others_have_a_turn(loop):
    def again():
        loop.call_soon(again)

    again()
    assert loop.turn() == 0


def test_a_task_when_it_runs_is_inside_the_running_loop(loop):
    async def inside():
        return asyncio.get_running_loop() is loop

    task = loop.create_task(inside())
    loop.turn()
    assert task.result() is True
    with pytest.raises(RuntimeError, match="no running"):
        asyncio.get_running_loop()


def test_a_task_when_it_wants_to_exit_is_reported_and_the_rest_goes_on(loop):
    told, heard = [], []
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))

    async def leave():
        raise SystemExit(3)

    task = loop.create_task(leave())
    loop.call_soon(heard.append, 1)
    assert loop.turn() == 0
    assert loop.turn() is None
    assert ([error.code for error in told], heard) == ([3], [1])
    assert isinstance(task.exception(), SystemExit)


def test_threads_and_programs_when_asked_for_are_refused(loop):
    with pytest.raises(NotInTab, match="no threads"):
        loop.run_in_executor(None, print)
    task = loop.create_task(loop.subprocess_exec(None, "ls"))
    loop.turn()
    with pytest.raises(NotInTab, match="cannot start programs"):
        task.result()
