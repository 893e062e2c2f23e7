"""Sequence numbers of one sender on one topic: what is new, missed, late, heard twice or replayed."""

WINDOW = 64
"""How far behind the newest a message may arrive and still be told from a replay."""
_MASK = (1 << WINDOW) - 1

FILLED = -1
"""Out of order: it fills a gap that was counted before."""
DUPLICATE = -2
REPLAYED = -3
"""So far behind the newest, or of an earlier life, that no network explains it."""


class Track:
    """The newest (epoch, seq), and which of the 64 before it were heard."""

    __slots__ = ("_heard", "epoch", "high")

    def __init__(self) -> None:
        self.epoch = 0
        self.high = 0
        self._heard = 0

    def hear(self, epoch: int, seq: int) -> int:
        """How many messages were missed just before this one (0: none), or one of the codes above.

        The first message ever heard misses nothing; a new epoch counts from 1.
        """
        if epoch == self.epoch:
            ahead = seq - self.high
            if ahead == 1:  # the usual case first
                self._heard = (self._heard << 1 | 1) & _MASK
                self.high = seq
                return 0
            if ahead > 1:
                self._heard = (self._heard << ahead | 1) & _MASK if ahead < WINDOW else 1
                self.high = seq
                return ahead - 1
            return self._behind(-ahead)
        if epoch < self.epoch:
            return REPLAYED
        missed = max(seq - 1, 0) if self.epoch else 0
        self.begin(epoch, seq)
        return missed

    def begin(self, epoch: int, seq: int) -> None:
        """Count on from here, as after a retained message."""
        self.epoch, self.high, self._heard = epoch, seq, 1

    def _behind(self, steps: int) -> int:
        if steps >= WINDOW:
            return REPLAYED
        bit = 1 << steps
        if self._heard & bit:
            return DUPLICATE
        self._heard |= bit
        return FILLED
