"""The HTTP side of an EventSource: requests, verdicts, states."""

import pytest

from servers.wire.event_source import (
    ANNOUNCE,
    CLOSED,
    CONNECTING,
    FAIL,
    OPEN,
    REDIRECT,
    STEPS,
    Verdict,
    judge_answer,
    mime_type,
    parse_url,
    serialise_asking,
)
from servers.wire.http_head import HandshakeError, Response

URL = "http://live.example:8080/events?room=1"
STREAM = ("Content-Type", "text/event-stream")


@pytest.mark.parametrize(
    ("value", "is_stream"),
    [
        # Each was tried in Chromium 156 too, which agrees but where it says so.
        ("text/event-stream", True),
        ("TEXT/Event-Stream", True),
        ("text/event-stream;", True),
        ("text/event-stream ; bogus", True),
        ("text/event-stream;charset=utf-8", True),
        # Chromium fails here; the standard looks at no parameter.
        ("text/event-stream;charset=windows-1252", True),
        ("text/plain, text/event-stream", True),
        ('text/plain;x="a,b", text/event-stream', True),
        ("text/event-stream, */*", True),
        ("text/event-stream,text/plain", False),
        ('text/plain;x="a,text/event-stream"', False),
        ("text/event-streams", False),
        ("text/event-stream foo", False),  # Chromium is less strict
        ("text/plain", False),
        ("event-stream", False),
        ("", False),
    ],
)
def test_a_content_type_when_judged(value, is_stream):
    response = Response((("Content-Type", value),))
    assert (mime_type(response) == "text/event-stream") == is_stream
    assert (judge_answer(response, URL).action == ANNOUNCE) == is_stream


def test_a_content_type_when_in_several_lines_or_missing():
    lines = (("Content-Type", "text/plain"), STREAM)
    assert judge_answer(Response(lines), URL).action == ANNOUNCE
    assert judge_answer(Response(lines[::-1]), URL).action == FAIL
    missing = judge_answer(Response(), URL)
    assert missing == Verdict(FAIL, "The answer is of no type, not text/event-stream.")


@pytest.mark.parametrize(
    "status", [101, 201, 204, 205, 206, 300, 304, 305, 400, 401, 404, 429, 500, 503]
)
def test_a_status_when_it_is_not_200_fails_for_good(status):
    verdict = judge_answer(Response((STREAM,), status, "Why"), URL)
    assert verdict == Verdict(FAIL, f"The server answered {status} Why.")


def redirect(location, status=302):
    headers = () if location is None else (("Location", location),)
    return judge_answer(Response(headers, status, "Moved"), URL)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_when_it_leads_somewhere_is_followed(status):
    assert redirect("/next", status).url == "http://live.example:8080/next"
    assert redirect("?room=2", status).action == REDIRECT


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("http://other.example/", "http://other.example/"),
        ("//other.example/a", "http://other.example/a"),
        ("../x#top", "http://live.example:8080/x#top"),
        ("", URL),
        ("/Huế".encode().decode("latin-1"), "http://live.example:8080/Huế"),
    ],
)
def test_a_location_when_relative_is_resolved(location, url):
    assert redirect(location) == Verdict(REDIRECT, url=url)


def test_a_redirect_when_it_leads_nowhere():
    assert redirect(None).action == FAIL
    for location in ("https://live.example/", "ftp://live.example/"):
        assert "speaks http only" in redirect(location).sentence
    for location in ("http://[x", "http://a:x/"):
        with pytest.raises(HandshakeError, match="is no address") as caught:
            redirect(location)
        assert caught.value.status == 0


def test_an_answer_when_coded_is_refused():
    verdict = judge_answer(Response((STREAM, ("Content-Encoding", "gzip"))), URL)
    assert verdict == Verdict(FAIL, "The answer is coded in gzip; we asked for none.")
    plain = Response((STREAM, ("Content-Encoding", "identity")))
    assert judge_answer(plain, URL).action == ANNOUNCE


def test_an_id_when_sent_is_utf_8_whatever_it_holds():
    address = parse_url(URL)
    request = serialise_asking(address, "số 7\t\x01")
    assert request.startswith(b"GET /events?room=1 HTTP/1.1\r\n")
    assert b"\r\nHost: live.example:8080\r\n" in request
    assert request.endswith("\r\nLast-Event-ID: số 7\t\x01\r\n\r\n".encode())
    assert b"Last-Event-ID" not in serialise_asking(address)
    for bad in ("7\r\nX: y", "7\n", "\0"):
        with pytest.raises(ValueError, match="in a Last-Event-ID"):
            serialise_asking(address, bad)


@pytest.mark.parametrize(
    "url",
    ["https://a/", "ws://a/", "http://", "/events", "http://an@a/", "http://huế/",
     "http://a:99999/", "http://a:b/", "http://[::1/"],
)  # fmt: skip
def test_a_url_when_it_leads_nowhere_is_refused(url):
    with pytest.raises(ValueError):
        parse_url(url)


def test_the_states_when_followed_lead_on_until_closed():
    states = {state for state, _ in STEPS}
    assert states == {CONNECTING, OPEN, CLOSED}
    assert {state for state, _ in STEPS.values()} <= states
    assert {to for (state, _), (to, _) in STEPS.items() if state == CLOSED} == {CLOSED}
    # Every way to closed but our own is heard.
    for (state, happening), (to, heard) in STEPS.items():
        if to == CLOSED:
            assert (heard == "error") == (happening == FAIL), state
