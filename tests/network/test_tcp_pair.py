import pytest

from servers.network.tcp_pair import tcp_pair


def fill(near):
    sent = 0
    try:
        while True:
            sent += near.send(bytes(4096))
    except BlockingIOError:
        return sent


def test_a_pair_when_nobody_reads_takes_a_bounded_number_of_bytes():
    with tcp_pair(8192) as (near, far), tcp_pair(262144) as (wide, _):
        few = fill(near)
        assert 0 < few < fill(wide)
        with pytest.raises(BlockingIOError):
            near.send(b"x")
        assert 0 < len(far.recv(few)) <= few


def test_a_pair_when_the_block_ends_is_closed():
    with tcp_pair(8192) as ends:
        pass
    assert [end.fileno() for end in ends] == [-1, -1]
