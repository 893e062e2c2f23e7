"""Questions of lending that want a reason: declining, handing an incident over, arranging by telephone."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.widget import Widget
from textual.widgets import Input

from dispatch.console.dialogs.fields import Field
from dispatch.console.dialogs.reason import ReasonDialog
from dispatch.console.ports import Desk
from dispatch.console.present import (
    AgeLimits,
    Scene,
    age_text,
    city_name,
    priority_text,
    sight_sentence,
    state_text,
)
from dispatch.console.present_aids import headline, what_text
from dispatch.console.present_places import place_said
from dispatch.console.symbols import symbols
from dispatch.domain.aid import Aid
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Ending, Incident
from dispatch.language import _
from dispatch.picture.cities import Sight
from dispatch.picture.fleet import UnitView
from dispatch.text import safe_text

_NO_LIMITS = AgeLimits(1e9, 1e9, 1e9)


def scene_of(desk: Desk) -> Scene:
    """The moment, where no position is judged by its age."""
    return Scene.of(desk.picture, desk.clock.now(), _NO_LIMITS)


def incident_noun(incident: Incident, desk: Desk) -> str:
    """An incident as a question repeats it."""
    city = city_name(incident.city, scene_of(desk))
    return f"{incident.id}  {priority_text(incident.priority)}  {city} {place_said(incident.place, 60)}"


class DeclineDialog(ReasonDialog[str]):
    """Why a neighbour is not helped."""

    def __init__(self, desk: Desk, aid: Aid) -> None:
        super().__init__(desk.configuration.incident_words.decline)
        self.desk, self.aid = desk, aid

    def nouns(self) -> Sequence[str]:
        return [headline(self.aid, scene_of(self.desk)), f"{self.aid.incident}  {what_text(self.aid)}"]

    def title_text(self) -> str:
        return _("Decline")

    def answer(self, reason: str) -> str:
        return reason


class HandOverIncidentDialog(ReasonDialog[str]):
    """An incident goes to another centre: ours until a person over there accepts."""

    def __init__(self, desk: Desk, incident: Incident, to: CityCode) -> None:
        super().__init__(desk.configuration.incident_words.ending(Ending.TRANSFERRED))
        self.desk, self.incident, self.to = desk, incident, to

    def nouns(self) -> Sequence[str]:
        return [
            f"{self.incident.id} {symbols().to} {city_name(self.to, scene_of(self.desk))}",
            incident_noun(self.incident, self.desk),
        ]

    def warnings(self) -> Sequence[str]:
        scene = scene_of(self.desk)
        home = city_name(self.desk.home_city, scene)
        found = [_("Until {city} accepts, {home} answers for it", city=city_name(self.to, scene), home=home)]
        if self.incident.units:
            units = " ".join(map(safe_text, self.incident.units))
            found.append(_("units are on it: {units}", units=units))
        view = self.desk.picture.sight[self.to]
        if view.sight is not Sight.LIVE:
            found.append(_("{sight}: call it by telephone", sight=sight_sentence(view, scene.now)))
        return found

    def title_text(self) -> str:
        return _("Hand the incident to another centre")

    def answer(self, reason: str) -> str:
        return reason


@dataclass(frozen=True, slots=True)
class Telephoning:
    """Who over there agreed, and why it was done by telephone."""

    spoke_to: str
    reason: str


class TelephoneDialog(ReasonDialog[Telephoning]):
    """Break-glass: the unit's city cannot be reached, and a person there said yes by telephone."""

    DEFAULT_CSS = "TelephoneDialog #nouns { color: $dim; }"

    def __init__(self, desk: Desk, view: UnitView, incident: Incident, spoke_to: str = "") -> None:
        super().__init__(desk.configuration.incident_words.telephone)
        self.desk, self.view, self.incident, self.spoke_to = desk, view, incident, spoke_to

    def on_mount(self) -> None:
        super().on_mount()
        if self.spoke_to:
            self.query_one("#reasons").focus()  # a digit is a reason, never part of the name

    def fields(self) -> Sequence[Widget]:
        return [
            Field(
                "spoke",
                lambda: _("Spoke to"),
                Input(self.spoke_to, id="spoke", max_length=60),
                hint=lambda: _("name and post of who said yes"),
            )
        ]

    def nouns(self) -> Sequence[str]:
        unit, status, now = self.view.unit, self.view.status, self.desk.clock.now()
        city = self.desk.picture.sight[unit.city]
        said = _("never reported")
        if status is not None:
            said = f"{state_text(status.state)}  {_('{age} ago', age=age_text(status.since, now))}"
        owner = f"{city_name(unit.city, scene_of(self.desk))} {sight_sentence(city, now)}"
        return [
            f"{unit.id} {symbols().to} {self.incident.id}",
            incident_noun(self.incident, self.desk),
            _("owner: {city}; last heard: {state}", city=owner, state=said),
        ]

    def warnings(self) -> Sequence[str]:
        unit, status = self.view.unit.id, self.view.status
        free = status is not None and status.state.dispatchable
        return [
            *([] if free else [_("It was not free when it was last heard: ask on the telephone.")]),
            *(
                _("It was arranged by telephone for {incident}, which will be without it.", incident=other.id)
                for other in self.desk.picture.open_incidents()
                if unit in other.telephoned and other.id != self.incident.id
            ),
            _("Written to the log as break-glass. When the link is back both centres compare what they did;"),
            _("if that city had sent the unit elsewhere, both are told of the conflict."),
        ]

    def title_text(self) -> str:
        return _("Arranged by telephone")

    def answer(self, reason: str) -> Telephoning | None:
        spoke_to = self.query_one("#spoke", Input).value.strip()
        self.query_one("#field-spoke", Field).complain("" if spoke_to else _("say who agreed"))
        return Telephoning(spoke_to, reason) if spoke_to else None
