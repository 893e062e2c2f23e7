"""What the doctor found: one thing looked at, how it is, and what to do about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.language import N_


class Level(StrEnum):
    """How a thing is. Only a fault makes the exit code 1."""

    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    FAULT = "fault"


LEVEL_WORDS = {
    Level.GOOD: N_("good"),
    Level.NOTE: N_("note"),
    Level.WARNING: N_("warning"),
    Level.FAULT: N_("fault"),
}
LEVEL_MARKS = {Level.GOOD: " ok ", Level.NOTE: "note", Level.WARNING: "WARN", Level.FAULT: "FAIL"}
"""Four cells in any language: a mark that can be searched for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` is "part.thing", the same in every language; `said` and `cure` are sentences in the one in use.

    `facts` are what was measured, for programs; every warning and fault has a cure.
    """

    check: str
    level: Level
    said: str
    cure: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.level in (Level.WARNING, Level.FAULT) and not self.cure:
            raise ValueError(f"{self.check}: what is wrong needs a cure")

    @property
    def part(self) -> str:
        """The part of the machine that was looked at."""
        return self.check.partition(".")[0]

    def document(self) -> dict[str, object]:
        """For --json."""
        return {"check": self.check, "level": self.level.value, "said": self.said, "cure": self.cure,
                "facts": dict(self.facts)}  # fmt: skip


PARTS = {
    "terminal": N_("Terminal"),
    "text": N_("Text and fonts"),
    "configuration": N_("Configuration"),
    "broker": N_("Brokers"),
    "clock": N_("Clock"),
    "records": N_("Records"),
    "secrets": N_("Secret files"),
}
"""In the order in which they are told."""


def worst(findings: Iterable[Finding]) -> Level:
    """The gravest level among them."""
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.GOOD)


def exit_code(findings: Sequence[Finding]) -> int:
    """1 when something is at fault, else 0."""
    return int(worst(findings) is Level.FAULT)
