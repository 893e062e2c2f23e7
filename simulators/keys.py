"""Keys of the simulated programs: shaped as UUIDv7, but drawn from the seed, so that a drill repeats."""

from hashlib import sha256
from uuid import UUID


class Keys:
    """A key for each act. The same seed, moment and names give the same key: a repeat carries it too."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, moment_ms: int, *names: str | int) -> str:
        """The key of one act at a moment of drill time."""
        said = "\0".join(str(part) for part in (self._seed, moment_ms, *names))
        drawn = int.from_bytes(sha256(said.encode()).digest()[:10])
        number = (moment_ms & (2**48 - 1)) << 80 | drawn
        version, variant = 0xF << 76, 0x3 << 62
        return str(UUID(int=number & ~version & ~variant | 0x7 << 76 | 0x2 << 62))
