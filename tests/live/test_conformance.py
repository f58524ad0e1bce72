"""Our server and our client, judged by Autobahn's core sections: 1 to 7, and 10."""

import asyncio

import pytest

from tests.live.autobahn import INFORMATIONAL, judge_client, judge_server, not_ok

CORE = [f"{section}.*" for section in (1, 2, 3, 4, 5, 6, 7, 10)]


@pytest.mark.parametrize("judge", [judge_server, judge_client])
def test_an_end_when_autobahn_judges_it_is_right_in_every_core_case(judge):
    verdicts = asyncio.run(judge(CORE, deadline_s=120))
    assert len(verdicts) == 247
    assert not_ok(verdicts) == INFORMATIONAL
