"""For how long an alarm is put aside, and why: a time limit always."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.widget import Widget

from dispatch.console.dialogs.fields import ChoiceRow, Field
from dispatch.console.dialogs.reason import ReasonDialog
from dispatch.language import _
from dispatch.settings.incident_words import Words

_MINUTES = (5, 15, 30, 60, 120)


@dataclass(frozen=True, slots=True)
class Shelving:
    """The answer; `reason` is a code of the agreed reasons or free text."""

    minutes: int
    reason: str


class ShelveDialog(ReasonDialog[Shelving]):
    """Arrows or a digit pick the minutes, then a digit the reason; F7 shelves."""

    def __init__(
        self, sentence: str, words: Words, most_min: int, minutes: int | None = None, reason: str = ""
    ) -> None:
        """`most_min`: longer no alarm may be put aside."""
        super().__init__(words, reason)
        self.sentence, self.most_min, self.minutes = sentence, most_min, minutes

    def fields(self) -> Sequence[Widget]:
        own = [self.minutes] if self.minutes else []
        offered = sorted({*(one for one in _MINUTES if one <= self.most_min), *own}) or [self.most_min]
        options = [(minutes, _said(minutes)) for minutes in offered]
        return [
            Field(
                "minutes",
                lambda: _("For"),
                ChoiceRow(options, value=self.minutes or min(30, offered[-1]), id="minutes"),
            )
        ]

    def nouns(self) -> Sequence[str]:
        return [self.sentence]

    def warnings(self) -> Sequence[str]:
        return [
            _("Until then it is neither seen nor heard, only counted; every desk sees that it is shelved.")
        ]

    def title_text(self) -> str:
        return _("Shelve an alarm")

    def answer(self, reason: str) -> Shelving:
        minutes: int = self.query_one("#minutes", ChoiceRow).value
        return Shelving(minutes, reason)


def _said(minutes: int) -> Callable[[], str]:
    return lambda: _("{minutes} min", minutes=minutes)
