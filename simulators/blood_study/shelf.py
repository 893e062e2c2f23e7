"""Units of one site by the days they have left."""

from collections.abc import Iterable


class Units:
    """`left[0]` are the units that outdate at the end of today; issuing, ageing and moving keep count."""

    def __init__(self, life_days: int, left: Iterable[int] = ()) -> None:
        self.left = list(left) or [0] * life_days

    @property
    def total(self) -> int:
        return sum(self.left)

    def put(self, units: int, days_left: int) -> None:
        """Shelve units that have so many days left, today included."""
        self.left[days_left - 1] += units

    def take(self, units: int, *, oldest_first: bool = True) -> list[tuple[int, int]]:
        """Take up to so many: (days left, units) of what was there."""
        taken: list[tuple[int, int]] = []
        order = range(len(self.left)) if oldest_first else range(len(self.left) - 1, -1, -1)
        for at in order:
            if not units:
                break
            part = min(units, self.left[at])
            if part:
                self.left[at] -= part
                units -= part
                taken.append((at + 1, part))
        return taken

    def age(self) -> int:
        """End of the day: what outdates leaves, the rest has a day less."""
        gone = self.left[0]
        self.left[:-1] = self.left[1:]
        self.left[-1] = 0
        return gone
