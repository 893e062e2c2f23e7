"""What changed since a board last looked: sets of ids, drained at each frame."""


class Changes:
    """Collects the ids that changed per kind; many messages between two frames cost one entry."""

    def __init__(self) -> None:
        self._dirty: dict[str, set[str]] = {}
        self.version = 0

    def mark(self, kind: str, key: str) -> None:
        """`kind` is "unit", "incident", "timeline", "aid", "blood_order", "desk", "bank", "hospital" ..."""
        self.version += 1
        self._dirty.setdefault(kind, set()).add(key)

    def drain(self) -> dict[str, set[str]]:
        """Everything marked since the last drain."""
        drained, self._dirty = self._dirty, {}
        return drained
