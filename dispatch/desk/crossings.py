"""Bridges and tunnels that were closed while this desk looked on: for whoever judges the shift later."""

from dispatch.desk.part import Kit, Part


class Crossings(Part):
    """Writes down when a crossing is heard to be closed, and when it is open again."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._closed: frozenset[str] = frozenset()

    def watch(self) -> None:
        """Compare with the last look."""
        closed = frozenset(one.id for one in self.picture.bridges if one.closed)
        for bridge in sorted(closed ^ self._closed):
            action = "crossing.closed" if bridge in closed else "crossing.opened"
            self.record_soon(action, bridge, {})
        self._closed = closed
