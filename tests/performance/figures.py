"""What a bench hands back: lines of figures, each with what it is measured against in the same run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Say = Callable[[str], None]
"""Tells the person who waits what is being done."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `reference` is in the same unit; `at_most` and `at_least` are the target."""

    what: str
    value: float
    unit: str
    against: str = ""
    reference: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of what it is measured against."""
        return self.value / self.reference if self.reference else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.at_most is not None:
            return self.value < self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None

    def cells(self) -> tuple[str, ...]:
        """What, measured, against, ratio, target."""
        reference = (
            f"{self.against}: {number(self.reference)}" if self.reference is not None else self.against
        )
        ratio = "" if self.ratio is None else f"{_significant(self.ratio)} ×"
        return (self.what, f"{number(self.value)} {self.unit}", reference, ratio, self._target())

    def _target(self) -> str:
        if self.met is None:
            return ""
        word = "met" if self.met else "missed"
        bound = f"< {number(self.at_most)}" if self.at_most is not None else f"≥ {number(self.at_least or 0)}"
        return f"{bound}: {word}"


@dataclass(slots=True)
class Section:
    """What one bench found; `notes` are sentences, `skipped` says why there is nothing."""

    name: str
    title: str
    about: str
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: str = ""
    took_s: float = 0.0

    def table(self) -> str:
        """The lines as a Markdown table."""
        heads = ("", "measured", "against, in the same run", "ratio", "target")
        rows = [heads, ("---", "---:", "---", "---:", "---"), *(line.cells() for line in self.lines)]
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all values do not exceed; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)]


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def number(value: float | None) -> str:
    """A figure as a person reads it: 162,400 or 12.3 or 0.46."""
    return "" if value is None else _significant(value)


def _significant(value: float) -> str:
    size = abs(value)
    if size >= 99.95:
        return f"{value:,.0f}"
    if size >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.1 else f"{value:.2g}"
