"""Autobahn's cases, on PyPI's kosoku: a judge for either end."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

from kosoku import FailureError, run_fuzzingclient, run_fuzzingserver

from servers.live.ws_autobahn import run_cases
from servers.live.ws_client import connecting
from servers.live.ws_server import serving
from servers.network.listening import HOST
from servers.wire.deflate_offer import DeflateParameters
from servers.wire.websocket import Limits

DEFLATE = DeflateParameters()
# Cases that the suite itself calls informational, whatever an end does:
INFORMATIONAL = {
    # 256 KiB, a text, a close and a ping at once. What an end still echoes depends on
    # when it looks at the close; ours lets the application answer all that came before.
    "7.1.6": "INFORMATIONAL",
    # The close codes 5000 and 65535. RFC 6455 §7.4.2 leaves codes from 5000 undefined;
    # ours answers 1002, since they are in nobody's range.
    "7.13.1": "INFORMATIONAL",
    "7.13.2": "INFORMATIONAL",
}


async def judge_server(cases, limits=Limits(), deadline_s=60):  # noqa: B008
    """The verdicts on our server, by case."""
    async with serving(limits=limits, deflate=DEFLATE) as server:
        judging = run_fuzzingclient(server.url(), cases, concurrency=4)
        return await verdicts(asyncio.wait_for(judging, deadline_s))


async def judge_client(
    cases,
    limits=Limits(),  # noqa: B008
    deadline_s=60,
    deflate=DEFLATE,
):
    """The verdicts on our client, by case."""
    async with AsyncExitStack() as stack:
        suite = await stack.enter_async_context(run_fuzzingserver(cases, port=0))

        def connect(target):
            url = f"ws://{HOST}:{suite.port}{target}"
            return connecting(
                url, deflate=deflate, limits=limits, receive_deadline_s=None
            )

        await asyncio.wait_for(run_cases(connect), deadline_s)
        return await verdicts(asyncio.wait_for(suite.get_result(), deadline_s))


async def verdicts(judging):
    try:
        results = await judging
    except FailureError as failure:
        results = failure.results
    return {result.case_id: verdict(result) for result in results}


def verdict(result):
    said = {result.behavior.value, result.behavior_close.value}
    return said.pop() if len(said) == 1 else f"{result.behavior.value}: {result.result}"


def not_ok(verdicts_by_case):
    return {case: said for case, said in verdicts_by_case.items() if said != "OK"}


def score(verdicts_by_case):
    """How many cases had which verdict, in one line."""
    counted = Counter(verdicts_by_case.values()).most_common()
    return ", ".join(f"{count} {said}" for said, count in counted)
