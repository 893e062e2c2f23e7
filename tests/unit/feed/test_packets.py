"""Packets out of a stream, however it is cut into pieces, as paho itself would read them."""

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.feed.packets import TOPICS_KEPT, Packets, Published


def packet(first: int, body: bytes) -> bytes:
    length, size = len(body), bytearray()
    while True:
        size.append(length % 128 | (128 if length > 127 else 0))
        length //= 128
        if not length:
            return bytes([first, *size]) + body


def published(topic: bytes, payload: bytes, *, number: int = 0, retained: bool = False) -> bytes:
    body = struct.pack("!H", len(topic)) + topic + (struct.pack("!H", number) if number else b"") + payload
    return packet(0x30 | (2 if number else 0) | retained, body)


messages = st.builds(
    Published,
    topic=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    payload=st.binary(max_size=400),
    retained=st.booleans(),
    number=st.integers(0, 65_535),
)
others = st.builds(packet, st.sampled_from([0x20, 0x40, 0x90, 0xD0, 0x34, 0x3D]), st.binary(max_size=200))


def written(one: Published | bytes) -> bytes:
    if isinstance(one, bytes):
        return one
    return published(one.topic.encode(), one.payload, number=one.number, retained=one.retained)


@settings(deadline=None)
@given(st.lists(st.one_of(messages, others), max_size=12), st.data())
def test_every_packet_comes_out_whole_wherever_the_stream_is_cut(
    sent: list[Published | bytes], draw: st.DataObject
) -> None:
    stream = b"".join(written(one) for one in sent)
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    packets, got = Packets(), []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += list(packets.split(stream[start:stop]))
    assert got == sent


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(1, 7))
def test_any_bytes_are_split_without_an_error_and_none_is_lost(stream: bytes, step: int) -> None:
    packets, seen = Packets(), 0
    for start in range(0, len(stream), step):
        for one in packets.split(stream[start : start + step]):
            seen += 0 if isinstance(one, Published) else len(one)
    assert seen <= len(stream)


def test_a_message_of_megabytes_in_many_pieces_is_put_together_once() -> None:
    stream = published(b"t", b"x" * 4_000_000)
    packets, got = Packets(), []
    for start in range(0, len(stream), 65_536):
        got += list(packets.split(stream[start : start + 65_536]))
    assert got == [Published("t", b"x" * 4_000_000, False, 0)]


def test_a_message_whose_lengths_are_wrong_is_left_to_the_client() -> None:
    wrong = packet(0x30, b"\x00\x09t")
    assert list(Packets().split(wrong)) == [wrong]
    nobody = packet(0x32, b"\x00\x01t\x00\x00x")
    assert list(Packets().split(nobody)) == [nobody]


def test_a_topic_that_is_no_text_does_not_end_the_session() -> None:
    (one,) = Packets().split(published(b"\xff\xfe", b"x"))
    assert isinstance(one, Published)
    assert one.topic == "\ufffd\ufffd"


def test_topics_of_what_is_over_and_huge_ones_are_not_remembered_for_ever() -> None:
    packets = Packets()
    for number in range(TOPICS_KEPT + 100):
        topic = f"czt/v1/changsha/incident/CS-{number}"
        (found,) = packets.split(published(topic.encode(), b"x"))
        assert isinstance(found, Published)
        assert found.topic == topic
    assert len(packets._topics) <= TOPICS_KEPT
    kept = len(packets._topics)
    (found,) = packets.split(published(b"a" * 60_000, b"x"))
    assert isinstance(found, Published)
    assert (len(found.topic), len(packets._topics)) == (60_000, kept)
