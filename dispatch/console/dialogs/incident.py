"""The intake form: made for the keyboard, checked field by field; a call about an open incident joins it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from dispatch.console.dialogs.base import Dialog
from dispatch.console.dialogs.caller import CallerField
from dispatch.console.dialogs.fields import LABEL_CELLS, ChoiceRow, Field, complaint_missing
from dispatch.console.dialogs.join import Call
from dispatch.console.dialogs.search import SearchField
from dispatch.console.places import DATUM_NAMES, Place, pair_text, read_pair, read_place
from dispatch.console.ports import Desk
from dispatch.console.present import CAPABILITY_WORDS, PRIORITY_WORDS, name_text
from dispatch.console.present_incidents import near_text
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import Incident, Priority
from dispatch.domain.units import Capability
from dispatch.language import _
from dispatch.text import fold, safe_text

_MOST_PATIENTS = 9999
NEAR_SHOWN = 3


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What the form was filled with; `call` holds the caller, kept at this console."""

    place: Place
    priority: Priority
    patients: int
    needs: frozenset[Capability]
    complaint: str
    remarks: str
    call: Call


@dataclass(frozen=True, slots=True)
class JoinWanted:
    """The call is about one of these open incidents."""

    incidents: tuple[Incident, ...]
    call: Call


def _said(sentence: str) -> Callable[[], str]:
    return lambda: _(sentence)


def _same(text: str) -> Callable[[], str]:
    return lambda: text


class IncidentDialog(Dialog[NewIncident | JoinWanted]):
    """Enter goes on to the next field and opens the incident from the last; F7 opens it from any."""

    DEFAULT_CSS = f"""
    IncidentDialog #near {{
        height: auto; padding-left: {LABEL_CELLS}; color: $warning; display: none;
        text-wrap: nowrap; text-overflow: ellipsis;
    }}
    IncidentDialog #near.-on {{ display: block; }}
    IncidentDialog #field-datum {{ display: none; }}
    IncidentDialog #field-datum.-on {{ display: block; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "join", show=False),
        Binding("ctrl+j", "join", show=False),
    ]

    def __init__(self, desk: Desk, position: Position | None = None) -> None:
        super().__init__()
        self.desk, self.start = desk, position
        self.near: tuple[Incident, ...] = ()
        self._asked_to_leave = False

    def content(self) -> ComposeResult:
        given = pair_text(self.start) if self.start else ""
        yield SearchField(
            "place",
            lambda: _("Place"),
            lambda text: self.desk.find(text, 12) if read_pair(text) is None else (),
            ("site", "hospital", "bank"),
            self.desk.picture.cities,
            hint=lambda: _("name, pinyin, initials, or 28.19384, 112.98112"),
            text=given,
        )
        yield Static("", id="near")
        yield Field(
            "datum",
            lambda: _("Coordinates"),
            ChoiceRow([(d, _same(n)) for d, n in DATUM_NAMES.items()], id="datum"),
        )
        priorities = [(priority, _said(word)) for priority, word in PRIORITY_WORDS.items()]
        yield Field(
            "priority", lambda: _("Priority"), ChoiceRow(priorities, value=Priority.URGENT, id="priority")
        )
        yield Field("patients", lambda: _("Patients"), Input("1", id="patients", max_length=4))
        needs = [
            (need, _said(word)) for need, word in CAPABILITY_WORDS.items() if need is not Capability.BASIC
        ]
        yield Field("needs", lambda: _("Needs"), ChoiceRow(needs, many=True, id="needs"))
        yield self._text("complaint", lambda: _("Complaint"))
        yield CallerField()
        yield self._text("remarks", lambda: _("Remarks"))

    @staticmethod
    def _text(name: str, label: Callable[[], str]) -> Field:
        box = Input(id=name, max_length=100)
        return Field(name, label, box, hint=lambda: _("no names, no telephone numbers"))

    def title_text(self) -> str:
        return _("New incident")

    def keys_text(self) -> str:
        if self._asked_to_leave:
            return _("Esc again leaves and forgets what was typed   F7 opens the incident")
        return _("Tab next   1-9 pick   Space mark   F7 open   Esc leave")

    def action_leave(self) -> None:
        """What was typed during a call is not lost by one wrong key: Esc is asked for twice."""
        typed = [self._value(name) for name in ("place", "complaint", "number", "name", "remarks")]
        given = pair_text(self.start) if self.start else ""
        if self._asked_to_leave or not any(text and text != given for text in typed):
            self.dismiss(None)
            return
        self._asked_to_leave = True
        super().relabel()

    def on_mount(self) -> None:
        super().on_mount()
        self._look_around()

    def relabel(self) -> None:
        super().relabel()
        self._show_near()

    def frame(self) -> None:
        self._look_around()

    def on_input_changed(self, event: Input.Changed) -> None:
        if self._asked_to_leave:
            self._asked_to_leave = False
            super().relabel()
        if event.input.id == "place":
            self._look_around()

    def on_choice_row_changed(self) -> None:
        self._look_around()

    def on_descendant_focus(self) -> None:
        self._look_around()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "remarks":
            self.action_confirm()
        else:
            self.focus_next()

    # -- what is open near the place --

    def place(self) -> Place | None:
        """The place the form names now: picked, a pair of degrees, or the best that is found."""
        field = self.query_one("#field-place", SearchField)
        picked, text = field.picked, field.text
        if picked is not None and picked.position is not None:
            return Place(picked.position, Datum.WGS84, name_text(picked.name))
        return read_place(text, self.desk, self.query_one("#datum", ChoiceRow).value) if text else None

    def _look_around(self) -> None:
        """Open incidents near the place, as soon as it is typed: the call may be about one of them."""
        field = self.query_one("#field-place", SearchField)
        pair = read_pair(field.text) is not None
        self.query_one("#field-datum").set_class(pair, "-on")
        typed = pair or field.picked is not None or not field.input.has_focus
        place = self.place() if typed else None
        near: Sequence[Incident] = self.desk.similar(place.wgs84) if place else ()
        self.near = tuple(near[:NEAR_SHOWN])
        self._show_near()

    def _show_near(self) -> None:
        place = self.place() if self.near else None
        now = self.desk.clock.now()
        lines = [near_text(each, place.wgs84, now) for each in self.near] if place else []
        if lines:
            lines.append(_("F9 or Ctrl+J joins the call to it instead of opening a new incident"))
        line = self.query_one("#near", Static)
        line.update(Text("\n".join(lines)))
        line.set_class(bool(lines), "-on")

    def action_join(self) -> None:
        caller = self.query_one(CallerField)
        if self.near and caller.check():
            text = self._value("complaint") or self._value("remarks")
            self.dismiss(JoinWanted(self.near, Call(text, caller.number, caller.name_given)))

    # -- opening a new one --

    def confirm(self) -> None:
        text = self.query_one("#field-place", SearchField).text
        place, patients = self.place(), self._patients()
        caller = self.query_one(CallerField)
        self._complain("place", "" if place else self._place_wrong(text))
        self._complain("patients", "" if patients else _("a number from 1 to {most}", most=_MOST_PATIENTS))
        if place is None or patients is None:
            self.query_one("#place" if place is None else "#patients").focus()
            return
        if not caller.check():
            return
        complaint = self._value("complaint")
        self.dismiss(
            NewIncident(
                place,
                self.query_one("#priority", ChoiceRow).value,
                patients,
                frozenset(self.query_one("#needs", ChoiceRow).values),
                complaint,
                self._value("remarks"),
                Call(complaint, caller.number, caller.name_given),
            )
        )

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _place_wrong(self, text: str) -> str:
        if not text:
            return complaint_missing()
        return _("no place is found for {text}", text=safe_text(text, 40))

    def _patients(self) -> int | None:
        typed = fold(self._value("patients"))
        number = int(typed) if typed.isdecimal() else 0
        return number if 1 <= number <= _MOST_PATIENTS else None

    def _complain(self, name: str, wrong: str) -> None:
        self.query_one(f"#field-{name}", Field).complain(wrong)
