"""The judge in virtual time gives the verdicts of kosoku's own runner."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import websockets

from servers.live.ws_judge import ask, cases, judge
from servers.live.ws_server import Server, serving
from servers.network.listening import HOST
from tests.live.autobahn import INFORMATIONAL

# What kosoku 0.1.0's runner, on an idle machine, says of websockets 17 where it is not
# "OK" twice: how the end was judged, and the code of its close frame.
LATE = (
    "3.2",
    "3.3",
    "3.4",
    "4.1.3",
    "4.1.4",
    "4.1.5",
    "4.2.3",
    "4.2.4",
    "4.2.5",
    "5.15",
)
WHOLE_TEXTS = ("6.4.1", "6.4.2", "6.4.3", "6.4.4")
LIBRARY = {
    **dict.fromkeys(LATE, ("NON-STRICT", "OK", 1002)),
    **dict.fromkeys(WHOLE_TEXTS, ("NON-STRICT", "OK", 1007)),
    "7.1.5": ("FAILED", "WRONG CODE", 1002),
}


@asynccontextmanager
async def library():
    async def echo(connection):
        async for message in connection:
            await connection.send(message)

    async with websockets.serve(echo, HOST, 0) as server:
        yield Server(server.sockets[0].getsockname()[1])


def not_ok(make_server):
    verdicts = [judge(case, make_server) for case in cases()]
    return {
        v.case: (v.message, v.close, v.close_code)
        for v in verdicts
        if (v.message, v.close) != ("OK", "OK")
    }


def test_judge_when_the_server_keeps_to_the_rules_agrees_with_kosoku():
    assert not_ok(serving).keys() == INFORMATIONAL.keys()


def test_judge_when_a_library_is_less_strict_agrees_with_kosoku():
    found = not_ok(library)
    assert {case: found[case] for case in found if case not in INFORMATIONAL} == LIBRARY


def test_ask_when_the_server_has_a_real_port_gives_the_same_verdict():
    async def asked():
        async with serving() as server:
            return await ask("1.1.2", server.port)

    assert asyncio.run(asked()) == judge("1.1.2", serving)


def test_ask_when_a_case_file_is_broken_raises_what_it_raised(monkeypatch):
    def fail(case):
        raise LookupError("no such fragment")

    monkeypatch.setattr(cases()["1.1.1"], "onOpen", fail)
    with pytest.raises(LookupError, match="no such fragment"):
        judge("1.1.1", serving)
