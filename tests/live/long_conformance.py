"""Autobahn's long sections, by `make conformance`: 9 (large messages, many messages),

12 and 13 (permessage-deflate). All of them OK, in both roles.
"""

import asyncio

import pytest

from servers.__main__ import WIDE
from tests.live.autobahn import judge_client, judge_server, not_ok, score

# How many cases a section has.
SECTIONS = {"9.*": 54, "12.*": 90, "13.*": 126}


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("judge", [judge_server, judge_client])
def test_an_end_when_autobahn_judges_it_is_right_in_every_long_case(judge, section):
    verdicts = asyncio.run(judge([section], WIDE, deadline_s=3600))
    print(f"\n{judge.__name__} {section} {score(verdicts)}")
    assert len(verdicts) == SECTIONS[section]
    assert not_ok(verdicts) == {}
