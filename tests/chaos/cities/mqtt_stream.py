"""The packets of an MQTT 3.1.1 connection, as the fault proxy needs them: whole, and little understood."""

from collections.abc import Iterator
from dataclasses import dataclass

CONNECT, CONNACK, PUBLISH, PUBACK, SUBACK = 1, 2, 3, 4, 9
_DUPLICATE = 0x08


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet as it came. `body` is where its variable header begins."""

    raw: bytes
    body: int

    @property
    def kind(self) -> int:
        return self.raw[0] >> 4

    @property
    def qos(self) -> int:
        """Of a PUBLISH."""
        return self.raw[0] >> 1 & 3

    def acknowledgement(self) -> bytes:
        """The PUBACK that a PUBLISH of QoS 1 waits for."""
        at = self.body + 2 + int.from_bytes(self.raw[self.body : self.body + 2])
        return bytes((PUBACK << 4, 2)) + self.raw[at : at + 2]

    def repeated(self) -> bytes:
        """The same PUBLISH once more; of QoS 1 with DUP set, as the protocol wants it."""
        first = self.raw[0] | _DUPLICATE if self.qos else self.raw[0]
        return bytes((first,)) + self.raw[1:]

    def client_id(self) -> str:
        """Who a CONNECT comes from."""
        at = self.body + 2 + int.from_bytes(self.raw[self.body : self.body + 2]) + 4
        length = int.from_bytes(self.raw[at : at + 2])
        return self.raw[at + 2 : at + 2 + length].decode()


class Stream:
    """Cuts a stream of bytes into packets."""

    def __init__(self) -> None:
        self._held = b""

    def split(self, piece: bytes) -> Iterator[Packet]:
        """The packets that are whole with this piece; the rest waits for the next one."""
        data, at = self._held + piece, 0
        while (found := _measure(data, at)) is not None:
            body, end = found
            yield Packet(data[at:end], body - at)
            at = end
        self._held = data[at:]


def _measure(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the body of the packet at `at` begins and ends; None while it is not whole."""
    length = shift = 0
    for place in range(at + 1, min(at + 5, len(data))):
        length |= (data[place] & 0x7F) << shift
        shift += 7
        if data[place] < 0x80:
            end = place + 1 + length
            return (place + 1, end) if end <= len(data) else None
    return None
