"""Frames: RFC 6455's own bytes in both directions, and what may not be sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    OPCODES,
    PING,
    PONG,
    TEXT,
    Frame,
    FrameError,
    apply_mask,
    parse_frame,
    serialise_frame,
)

MASK = bytes.fromhex("37fa213d")


@pytest.mark.parametrize(
    ("frame", "data"),
    [
        (Frame(TEXT, b"Hello"), "810548656c6c6f"),
        (Frame(TEXT, b"Hello", masking_key=MASK), "818537fa213d7f9f4d5158"),
        (Frame(TEXT, b"Hel", fin=False), "010348656c"),
        (Frame(CONTINUATION, b"lo"), "80026c6f"),
        (Frame(PING, b"Hello"), "890548656c6c6f"),
        (Frame(PONG, b"Hello", masking_key=MASK), "8a8537fa213d7f9f4d5158"),
        (Frame(BINARY, b"\0" * 256), "827e0100" + "00" * 256),
        (Frame(BINARY, b"\0" * 65536), "827f0000000000010000" + "00" * 65536),
    ],
)
def test_rfc_6455_section_5_7_when_parsed_and_serialised(frame, data):
    wire = bytes.fromhex(data)
    assert serialise_frame(frame) == wire
    assert parse_frame(wire + b"more") == (frame, len(wire))
    assert all(parse_frame(wire[:cut]) is None for cut in range(min(len(wire), 20)))


@given(
    st.sampled_from(sorted(OPCODES)),
    st.binary(max_size=125),
    st.none() | st.binary(min_size=4, max_size=4),
)
def test_a_frame_when_sent_and_read_back(opcode, payload, masking_key):
    frame = Frame(opcode, payload, True, masking_key)
    assert parse_frame(serialise_frame(frame)) == (
        frame,
        len(serialise_frame(frame)),
    )


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_masking_when_compared_with_the_standards_loop(data, key):
    by_the_book = bytes(byte ^ key[i % 4] for i, byte in enumerate(data))
    assert apply_mask(data, key) == by_the_book
    assert apply_mask(by_the_book, key) == data


@pytest.mark.parametrize(
    ("data", "close_code"),
    [
        ("8300", 1002),  # opcode 3 is reserved
        ("0800", 1002),  # a close in fragments
        ("897e007e", 1002),  # a ping of 126 bytes
        ("817e007d", 1002),  # 125 in two bytes
        ("817f000000000000ffff", 1002),  # 65,535 in eight bytes
        ("817f8000000000000000", 1002),  # the highest bit of eight
        ("817f0000010000000000", 1009),  # 2^40 bytes, refused before they come
    ],
)
def test_a_frame_when_no_peer_may_send_it(data, close_code):
    with pytest.raises(FrameError) as caught:
        parse_frame(bytes.fromhex(data))
    assert caught.value.close_code == close_code


@given(st.binary(max_size=60))
def test_any_bytes_when_parsed_raise_only_the_documented_error(data):
    try:
        found = parse_frame(data)
    except FrameError as error:
        assert error.close_code in (1002, 1009)
    else:
        assert found is None or found[0].opcode in OPCODES


def test_close_when_built_by_hand():
    assert serialise_frame(Frame(CLOSE, (1000).to_bytes(2))) == bytes.fromhex(
        "880203e8"
    )
