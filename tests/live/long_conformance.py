"""Autobahn's long sections, by `make conformance`: 9 (large messages, many messages),

12 and 13 (permessage-deflate). All of them OK, in both roles.
"""

import asyncio

import pytest

from servers.__main__ import WIDE
from servers.wire.deflate_offer import DeflateParameters
from tests.live.autobahn import DEFLATE, judge_client, judge_server, not_ok, score

# The suite's own cases leave the files open that they send.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
# How many cases a section has.
SECTIONS = {"9.*": 54, "12.*": 90, "13.*": 126}
# In section 13 the suite asks a client to forget its window after each message, if the
# client offered that (RFC 7692 §7.1.1.2).
FORGETFUL = DeflateParameters(client_no_context_takeover=True)


@pytest.mark.parametrize("section", SECTIONS)
def test_our_server_when_autobahn_judges_it_is_right_in_every_long_case(section):
    judge(section, judge_server([section], WIDE, deadline_s=3600))


@pytest.mark.parametrize("section", SECTIONS)
def test_our_client_when_autobahn_judges_it_is_right_in_every_long_case(section):
    deflate = FORGETFUL if section == "13.*" else DEFLATE
    judge(section, judge_client([section], WIDE, 3600, deflate))


def judge(section, judging):
    verdicts = asyncio.run(judging)
    print(f"\n{section} {score(verdicts)}")
    assert len(verdicts) == SECTIONS[section]
    assert not_ok(verdicts) == {}
