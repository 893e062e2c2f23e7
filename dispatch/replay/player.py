"""Plays rows into a scene: forward by applying them, back by beginning anew."""

from collections.abc import Iterable

from dispatch.audit.entry import AuditRow
from dispatch.replay.scene import Scene
from dispatch.replay.takes import apply


class Player:
    """Rows by time; at one moment a centre's come before a console's, who heard of it later."""

    def __init__(self, rows: Iterable[AuditRow], scene: Scene) -> None:
        self.scene = scene
        self._rows = sorted(rows, key=lambda row: (row.ts, row.console != "centre", row.city, row.seq))
        self._next = 0
        scene.clear()

    @property
    def from_ms(self) -> int:
        return self._rows[0].ts if self._rows else 0

    @property
    def to_ms(self) -> int:
        return self._rows[-1].ts if self._rows else 0

    def to(self, at_ms: int) -> int:
        """Show what was known at a moment; how many rows were applied."""
        if self._next and self._rows[self._next - 1].ts > at_ms:
            self.scene.clear()
            self._next = 0
        before = self._next
        while self._next < len(self._rows) and self._rows[self._next].ts <= at_ms:
            apply(self.scene, self._rows[self._next])
            self._next += 1
        return self._next - before
