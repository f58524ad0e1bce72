"""Messages that are right, and many that are nearly right."""

MASK = bytes.fromhex("37fa213d")
HEAD = (
    b"GET /chat HTTP/1.1\r\nHost: chat.example\r\nUpgrade: websocket\r\n"
    b"Connection: keep-alive, Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
)
FRAMES = [
    *map(
        bytes.fromhex,
        [
            "810548656c6c6f",
            "818537fa213d7f9f4d5158",
            "818637fa213d8f61e0bdf7c3",
            "010348656c80026c6f",
            "018337fa213d7f9f4d808237fa213d5b95",
            "898537fa213d7f9f4d5158",
            "8a00",
            "888237fa213d3412",
            "888437fa213d34126a5b",
            "880203e8",
            "8800",
            "888037fa213d",
            "c18537fa213d7f9f4d5158",
            "82fe007e37fa213d" + "00" * 126,
            "827e007e" + "c3" * 126,
            "827f0000000000010000",
            "81817eaa00003f828000000000",
        ],
    ),
]
REQUESTS = [
    HEAD + b"\r\n",
    HEAD + b"Origin: https://chat.example\r\nSec-WebSocket-Protocol: a, b\r\n\r\n",
    HEAD + b'Sec-WebSocket-Extensions: x; y=1; z="2", permessage-deflate\r\n\r\n',
    HEAD + b"Sec-WebSocket-Protocol: chat\xa0,\x85v2\r\nX-Name: \xc4\x90\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    HEAD + b"a:\r\n" * 99 + b"\r\n",
]
# Bytes that mean something somewhere.
_TELLING = b'\r\n :;,="/%\x00\x7f\x80\x85\xa0\xff\x01\x88\x8a\xfe\x7e\xed\xf4GHaK1'


def mutated(rng, seeds):
    """One of the seeds, or two after each other, with up to four bytes changed."""
    data = bytearray(rng.choice(seeds))
    if rng.random() < 0.2:
        data += rng.choice(seeds)
    for _ in range(rng.randrange(5)):
        at, way = rng.randrange(len(data)), rng.randrange(6)
        if way < 2:
            data[at] ^= 1 << rng.randrange(8)
        elif way == 2:
            data[at] = rng.choice(_TELLING)
        elif way == 3:
            data.insert(at, rng.choice(_TELLING))
        elif way == 4 and len(data) > 2:
            del data[at]
        else:
            data[at] = rng.randrange(256)
        # A head's longest lines, again: some rules are about what stands twice.
        if rng.random() < 0.05 and b"\r\n" in data:
            lines = bytes(data).split(b"\r\n")
            line = rng.randrange(len(lines))
            data = bytearray(b"\r\n".join([*lines[:line], lines[line], *lines[line:]]))
    if rng.random() < 0.1:
        del data[rng.randrange(1, len(data)) :]
    return bytes(data[:1024])
