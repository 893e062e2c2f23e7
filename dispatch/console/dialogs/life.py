"""Questions in the life of an incident that want a reason: hold it, close it, call a unit back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.widget import Widget
from textual.widgets import Input

from dispatch.console.dialogs.fields import ChoiceRow, Field
from dispatch.console.dialogs.lending import incident_noun
from dispatch.console.dialogs.reason import ReasonDialog
from dispatch.console.moments import moment
from dispatch.console.ports import Desk
from dispatch.console.present import state_text
from dispatch.console.reasons import said_words
from dispatch.console.symbols import symbols
from dispatch.console.widgets.reasons import ReasonList
from dispatch.domain.incidents import ENDING_NAMES, Ending, Incident, IncidentId
from dispatch.domain.units import UnitId, UnitState
from dispatch.language import _
from dispatch.text import safe_text

CLOSING = tuple(ending for ending in Ending if ending is not Ending.TRANSFERRED)
"""An incident ends as handed over only when another centre has taken it."""
SAY_WHY_THEMSELVES = frozenset({Ending.COMPLETED, Ending.DUPLICATE})
_WITH_PATIENT = frozenset({UnitState.ON_SCENE, UnitState.TRANSPORTING, UnitState.AT_HOSPITAL})


def unit_noun(unit: UnitId, desk: Desk) -> str:
    """A unit and what it does, as a question repeats it."""
    status = desk.picture.fleet.view(unit).status if unit in desk.picture.fleet else None
    return f"{safe_text(unit)}  {state_text(status.state) if status else _('never reported')}"


@dataclass(frozen=True, slots=True)
class Holding:
    """`until` None: until somebody wakes it."""

    reason: str
    until: datetime | None


class HoldDialog(ReasonDialog[Holding]):
    """Why, which must be said, and until when, which stands there already."""

    AUTO_FOCUS = "#reasons"

    def __init__(self, desk: Desk, incident: Incident, until: str = "15min") -> None:
        super().__init__(desk.configuration.incident_words.hold)
        self.desk, self.incident, self.until = desk, incident, until

    def fields(self) -> Sequence[Widget]:
        box = Input(self.until, id="until", select_on_focus=False, max_length=12)
        return [Field("until", lambda: _("Until"), box, hint=lambda: _("empty: until it is woken"))]

    def nouns(self) -> Sequence[str]:
        return [incident_noun(self.incident, self.desk)]

    def title_text(self) -> str:
        return _("Hold an incident")

    def why(self) -> str:
        return _("Why is it put off?")

    def answer(self, reason: str) -> Holding | None:
        typed = self.query_one("#until", Input).value.strip()
        until = moment(typed, self.desk.clock.now()) if typed else None
        wrong = _("a time such as 40min, 2h or 14:30") if typed and until is None else ""
        self.query_one("#field-until", Field).complain(wrong)
        return None if wrong else Holding(reason, until)


@dataclass(frozen=True, slots=True)
class Closing:
    """How it ended, and the code or text of why; empty where the ending says it."""

    ending: Ending
    reason: str


class CloseDialog(ReasonDialog[Closing]):
    """The ending by arrows or digit, then the reason by digit; this cannot be taken back."""

    def __init__(
        self, desk: Desk, incident: Incident, ending: Ending | None = None, reason: str = ""
    ) -> None:
        self.ending = ending or CLOSING[0]
        super().__init__(desk.configuration.incident_words.ending(self.ending), reason)
        self.desk, self.incident = desk, incident

    def fields(self) -> Sequence[Widget]:
        options = [(ending, _ending(ending)) for ending in CLOSING]
        return [Field("ending", lambda: _("Ending"), ChoiceRow(options, value=self.ending, id="ending"))]

    def nouns(self) -> Sequence[str]:
        return [incident_noun(self.incident, self.desk)]

    def warnings(self) -> Sequence[str]:
        at_work = [
            _("{unit}: still on it, it is called back first", unit=unit_noun(unit, self.desk))
            for unit in self.incident.units
        ]
        by_telephone = [
            _("{unit} was arranged by telephone: ring its city", unit=unit)
            for unit in self.incident.sent
            if unit not in self.incident.units
        ]
        return [*at_work, *by_telephone, _("What is closed cannot be opened again.")]

    def title_text(self) -> str:
        return _("Close an incident")

    def on_choice_row_changed(self) -> None:
        self.ending = self.query_one("#ending", ChoiceRow).value
        self.words = self.desk.configuration.incident_words.ending(self.ending)
        self.query_one("#reasons", ReasonList).give(said_words(self.words))

    def confirm(self) -> None:
        if not self.reason() and self.ending in SAY_WHY_THEMSELVES:
            self.dismiss(Closing(self.ending, ""))
        else:
            super().confirm()

    def answer(self, reason: str) -> Closing:
        return Closing(self.ending, reason)


class RecallDialog(ReasonDialog[str]):
    """Why units are called back; their crews hear of it by their terminals."""

    def __init__(self, desk: Desk, units: Sequence[UnitId], reason: str = "") -> None:
        super().__init__(desk.configuration.incident_words.recall, reason)
        self.desk, self.units = desk, tuple(units)

    def nouns(self) -> Sequence[str]:
        return [self._noun(unit) for unit in self.units]

    def warnings(self) -> Sequence[str]:
        fleet = self.desk.picture.fleet
        with_patient = [
            unit for unit in self.units if (s := fleet.view(unit).status) and s.state in _WITH_PATIENT
        ]
        said = [
            _("{unit} may be with a patient: speak to the crew first", unit=safe_text(unit))
            for unit in with_patient
        ]
        return [*said, _("A crew that was called back has to be ordered anew.")]

    def _noun(self, unit: UnitId) -> str:
        status = self.desk.picture.fleet.view(unit).status
        named = IncidentId(status.incident or "") if status else IncidentId("")
        incident = self.desk.picture.incidents.get(named)
        away = f"  {symbols().bad} {incident_noun(incident, self.desk)}" if incident else ""
        return unit_noun(unit, self.desk) + away

    def title_text(self) -> str:
        return _("Call a unit back")

    def answer(self, reason: str) -> str:
        return reason


def _ending(ending: Ending) -> Callable[[], str]:
    return lambda: _(ENDING_NAMES[ending])
