"""The microscope in Python, and the JavaScript judge beside the Python one."""

import json
import random
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest
from traitlets import TraitError

from servers.wire.message import Message
from servers.wire.receiving import receive
from tests.wire.mutations import FRAMES, REQUESTS, mutated
from widgets import Microscope
from widgets.microscope import MAX_BYTES, boxes, say, words_in
from widgets.microscope_words import ABOUT, SENTENCES, SOURCES, VERDICTS

# RFC 6455 §5.7: "Hello", unmasked and masked.
HELLO = bytes.fromhex("810548656c6c6f")
MASKED = bytes.fromhex("818537fa213d7f9f4d5158")
REQUEST = REQUESTS[0]
HOSTILE = "</script><img src=x onerror=alert(1)>"
JUDGE = Path(__file__).with_name("judge.mjs")


def state_of(html):
    found = re.search(r'class="lw-state">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])


def judged_in_node(node, cases):
    given = {"cases": cases, "words": [words_in("en"), words_in("vi")]}
    result = subprocess.run(
        [node, str(JUDGE)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.node
@pytest.mark.parametrize("kind", ["frame", "request"])
def test_javascript_and_python_judge_alike(kind, node_path):
    rng, seeds = random.Random(7), FRAMES if kind == "frame" else REQUESTS
    cases = [
        (mutated(rng, seeds), rng.choice(["server", "client"])) for _ in range(3000)
    ]
    cases += [(seed, role) for seed in seeds for role in ("server", "client")]
    answers = judged_in_node(
        node_path, [(data.hex(), kind, role) for data, role in cases]
    )
    for (data, role), judged in zip(cases, answers, strict=True):
        deeds = receive(data, kind=kind, is_client=role == "client")
        plain = [[deed.what, str(deed.number), deed.text] for deed in deeds]
        assert judged["deeds"] == plain, data
        for lang, said in zip(("en", "vi"), judged["words"], strict=True):
            assert said == "; ".join(say(d, words_in(lang)) for d in deeds), data
        assert judged["boxes"] == boxes(data, kind), data


def test_the_mutations_reach_every_rule():
    rng, said = random.Random(7), set()
    for kind, seeds in (("frame", FRAMES), ("request", REQUESTS)):
        for _ in range(3000):
            deeds = receive(mutated(rng, seeds), kind=kind)
            said |= {deed.text for deed in deeds}
    missed = [
        template
        for template in SENTENCES
        if not any(
            re.fullmatch(re.escape(template).replace(r"\{\}", ".+"), text, re.DOTALL)
            for text in said
        )
    ]
    # A microscope takes fewer bytes than a head may have.
    assert missed == ["The head is longer than {} bytes: send fewer headers."]


@pytest.mark.parametrize("kind", ["frame", "request"])
def test_every_bit_is_in_one_box(kind):
    rng = random.Random(3)
    for _ in range(300):
        data, at = mutated(rng, FRAMES if kind == "frame" else REQUESTS), 0
        for box in boxes(data, kind):
            assert (box["start"], box["count"] > 0) == (at, True)
            assert box["key"] in ABOUT
            at += box["count"]
        assert at == 8 * len(data)


def test_both_languages_say_everything():
    assert SOURCES.keys() == ABOUT.keys()
    assert VERDICTS["en"].keys() == VERDICTS["vi"].keys()
    texts = [*SENTENCES.values(), *VERDICTS["vi"].values()]
    texts += [vi for _, vi in ABOUT.values()]
    assert all(text == unicodedata.normalize("NFC", text) for text in texts)
    assert all(en.count("{}") == vi.count("{}") for en, vi in SENTENCES.items())


def test_a_message_is_received_by_the_other_end():
    sent = Message(0.0, 1, "server", "text", "", HELLO)
    assert Microscope(sent).role == "client"
    assert Microscope(sent, "server").role == "server"
    assert Microscope(MASKED).role == "server"


def test_plain_text_is_the_verdict_in_both_languages():
    assert repr(Microscope(HELLO)) == (
        "The server: closes with 1002: A client masks, a server does not."
    )
    assert repr(Microscope(HELLO, lang="vi")) == (
        "Máy chủ: đóng kết nối với mã 1002: "
        "Máy khách phải dùng mặt nạ, máy chủ thì không."
    )
    assert repr(Microscope(REQUEST)) == "The server: answers 101 Switching Protocols"
    spoilt = REQUEST.replace(b"13", b"12")
    assert repr(Microscope(spoilt)) == (
        "The server: answers 426 Upgrade Required: "
        "This server speaks version 13, not 12."
    )


def test_the_verdict_follows_the_bytes_and_the_language():
    microscope = Microscope(MASKED)
    microscope.hex = "83" + microscope.hex[2:]
    assert microscope.deeds[0].number == 1002
    assert microscope.verdict.endswith("Opcode 0x3 is reserved.")
    microscope.lang = "vi"
    assert microscope.verdict.endswith("Opcode 0x3 chưa được dùng cho loại khung nào.")
    assert microscope.original == MASKED.hex()


@pytest.mark.parametrize(
    ("given", "traits", "sentence"),
    [
        (b"", {}, f"0 bytes; a microscope shows 1 to {MAX_BYTES}"),
        (bytes(MAX_BYTES + 1), {}, f"1025 bytes; a microscope shows 1 to {MAX_BYTES}"),
        (HELLO, {"role": "proxy"}, "role is 'proxy'; it can be server or client"),
        (HELLO, {"kind": "event"}, "kind is 'event'; it can be frame or request"),
        (HELLO, {"selected": 56}, "selected is 56 of 56 bits"),
        (HELLO, {"hex": "8"}, "hex: "),
        (
            Message(0.0, 1, "server", "response", "HTTP/1.1 101", b"HTTP/1.1 101"),
            {},
            "a microscope reads frames and requests, no response",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(given, traits, sentence):
    with pytest.raises(TraitError, match=re.escape(sentence)):
        Microscope(given, **traits)


def test_every_trait_of_the_contract_is_explained():
    for name in Microscope.stored:
        assert Microscope.class_traits()[name].help


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_two_runs_store_the_same(lang):
    one, other = (Microscope(MASKED, lang=lang, title="Đà Nẵng") for _ in range(2))
    assert one._repr_mimebundle_()[0]["text/html"] == other.html()
    assert repr(one) == repr(other)
    assert set(state_of(one.html())) == set(Microscope.stored)
    assert one.html() == unicodedata.normalize("NFC", one.html())


def test_the_snapshot_shows_verdict_bits_and_fields():
    html = Microscope(MASKED, lang="vi").snapshot()
    assert "Máy chủ</b>: trao văn bản “Hello” cho ứng dụng" in html
    assert "0000  81 85 37 fa" in html
    heads = ["Trường", "Bit", "Giá trị", "Nguồn"]
    assert re.findall(r"<th [^>]*>(.*?)</th>", html) == heads
    assert "0b0001 text" in html and "9–15" in html


def test_the_snapshot_needs_nothing_that_an_untrusted_notebook_removes():
    snapshot = Microscope(MASKED, title="A").snapshot()
    assert not re.search(
        r"<(script|style|svg|link|iframe)|class=| id=| on\w+=", snapshot
    )


def test_hostile_text_stays_text():
    data = REQUEST.replace(b"chat.example", HOSTILE.encode())
    html = Microscope(data, title=HOSTILE).html()
    assert html.count("<script") == html.count("</script") == 1
    assert "<img" not in html
