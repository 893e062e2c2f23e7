"""Who sits here: signing in and out, what the other desks see of it, and the handover to the next shift."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

from dispatch.desk.alarm_sentences import SENTENCES as DESK_SENTENCES
from dispatch.desk.orders import Orders
from dispatch.desk.outcome import Outcome
from dispatch.desk.part import Kit, Part
from dispatch.domain.alarm_sentences import SENTENCES as CENTRE_SENTENCES
from dispatch.domain.alarms import Alarm
from dispatch.domain.incidents import IncidentId
from dispatch.domain.model import Name
from dispatch.domain.operators import ROLE_NAMES, By, Right, Role
from dispatch.feed import payloads, topics
from dispatch.feed.alarms import SENTENCES as FEED_SENTENCES
from dispatch.feed.link import LinkDown
from dispatch.handover import HandoverSheet, Said, Signed, sheet, sign, signed_text
from dispatch.handover.paper import keep_paper, names_on_paper, paper, paper_text
from dispatch.handover.signed import keep
from dispatch.language import _, current
from dispatch.signin import SignInRefused
from dispatch.text import safe_text

_SENTENCES = {**FEED_SENTENCES, **CENTRE_SENTENCES, **DESK_SENTENCES}


class People(Part):
    """The seat at this desk and its presence on the wire."""

    def __init__(self, kit: Kit, orders: Orders, folder: Path) -> None:
        super().__init__(kit)
        self.orders, self._folder = orders, folder
        self._works_on: IncidentId | None = None
        self._told: payloads.DeskState | None = None

    # --- signing in and out --------------------------------------------------------------------

    @property
    def signed_in(self) -> bool:
        return self.kit.seat.by is not None

    def operators(self) -> Sequence[tuple[str, Name, Role]]:
        """Who may sign in here; empty where no operators are kept."""
        return self.kit.seat.operators()

    def wants_code(self, operator: str) -> bool:
        """Whether this operator has a second factor."""
        return self.kit.seat.wants_code(operator)

    async def sign_in(self, operator: str, password: str, code: str = "") -> Outcome:
        """Take the seat; whoever had it is signed out."""
        answer = await self.kit.seat.sign_in(operator, password, code)
        await self.tell()
        return Outcome(answer.ok, answer.message)

    async def admit(self, operator: str, role: Role) -> None:
        """Give the seat to somebody whom the door of the browsers confirmed; SignInRefused: not any more."""
        await self.kit.seat.admit(operator, role)
        await self.tell()

    async def sign_in_by_break_glass(self, operator: str, reason: str) -> Outcome:
        """Take the seat at once, without a password: never refused, and as loud as can be."""
        answer = await self.kit.seat.sign_in_by_break_glass(operator, reason)
        await self.tell()
        return Outcome(answer.ok, answer.message)

    async def sign_out(self, *, idle: bool = False) -> Outcome:
        """Leave the seat; what is under way goes on. `idle`: nobody was there, the console does it."""
        answer = await self.kit.seat.sign_out("idle" if idle else "asked")
        self._works_on = None
        await self.tell()
        return Outcome(answer.ok, answer.message)

    # --- what the other desks see --------------------------------------------------------------

    async def work_on(self, incident_id: IncidentId | None) -> None:
        """Tell the other desks what this one is working on."""
        self._works_on = incident_id
        await self.tell()

    def forget_told(self) -> None:
        """The home city's link was lost: it is all said again."""
        self._told = None

    async def tell(self) -> None:
        """Say who sits here and at work on what, where it changed. While the link is down it is put off."""
        state = self._state()
        if state == self._told:
            return
        link = self.kit.links[self.home_city]
        with contextlib.suppress(LinkDown):
            await link.publish(topics.desk(self.home_city, self.node), "desk.state", state, retain=True)
            self._told = state

    def _state(self) -> payloads.DeskState:
        by = self.kit.seat.by
        return payloads.DeskState(
            operator=by.operator if by is not None else "",
            role=by.role.value if by is not None else Role.OBSERVER.value,
            since=self._since_ms(),
            incident=self._works_on,
        )

    def _since_ms(self) -> int:
        return round(self.kit.seat.since.timestamp() * 1000)

    async def tick(self) -> None:
        """Once a second: accounts that were changed lose the seat, callers too old are deleted."""
        await self.kit.seat.tick()
        await self.kit.calls.tick()
        await self.tell()

    # --- the handover --------------------------------------------------------------------------

    def handover_sheet(self) -> HandoverSheet:
        """What the next shift takes over from this desk's city at this moment."""
        return sheet(
            self.picture,
            self.home_city,
            self.operator,
            self.orders.listed(),
            self.clock.now(),
            drill=self.drill,
        )

    async def sign_handover(
        self, made: HandoverSheet, incoming: str, password: str, remarks: str, code: str = ""
    ) -> Outcome:
        """Both sign: the one who leaves sits here, the one who comes gives his password and takes the seat.

        Where no operators are kept nobody has a password: the name that is given signs and takes the seat.
        """
        outgoing = self.demand(Right.HANDOVER)
        seat = self.kit.seat
        if not seat.asked:
            named = By(operator=safe_text(incoming.strip(), 40), role=outgoing.role)
            signed = await self._sign(made, outgoing, named, remarks)
            await seat.take_by_name(named)
            await self.tell()
            return Outcome(ok=True, message=_("signed by {outgoing} and {incoming}", **self._names(signed)))
        try:
            person = await seat.confirm(incoming, password, code)
        except SignInRefused as refusal:
            return Outcome(ok=False, message=str(refusal))
        comes = By(operator=person.id, role=person.role)
        if not seat.rights.allows(comes, Right.HANDOVER):
            facts = {"name": seat.name_of(person.id), "role": _(ROLE_NAMES[comes.role])}
            return Outcome(ok=False, message=_("{name} cannot take the shift over as {role}", **facts))
        signed = await self._sign(made, outgoing, comes, remarks)
        answer = await seat.seat(person)
        await self.tell()
        message = _("signed by {outgoing} and {incoming}", **self._names(signed))
        return Outcome(ok=True, message=_("; ").join((message, answer.message)))

    def _names(self, signed: Signed) -> dict[str, str]:
        named = self.kit.seat.name_of
        return {"outgoing": named(signed.outgoing), "incoming": named(signed.incoming)}

    async def _sign(self, made: HandoverSheet, outgoing: By, incoming: By, remarks: str) -> Signed:
        signed = await sign(made, audit=self.kit.audit, outgoing=outgoing, incoming=incoming, remarks=remarks)
        keep(self._folder, signed, signed_text(signed, current(), self._words()))
        return signed

    def _words(self) -> Said:
        words, cities = self.configuration.incident_words, self.picture.cities
        return Said(
            alarm=_alarm_text,
            reason=lambda reason: words.said(reason, current()),
            city=lambda code: self.said(cities[code].name) if code in cities else code,
            person=self.kit.seat.name_of,
        )

    # --- when every screen is dark -------------------------------------------------------------

    async def keep_paper(self) -> None:
        """Write the sheet to go on with by telephone and pen; OSError when the disk refuses it."""
        kit = self.kit
        home, language = self.configuration.settings.home_city, current()
        made = paper(kit.picture, home, kit.clock.now(), drill=kit.drill)
        names = names_on_paper(kit.picture, language)

        def write() -> None:
            keep_paper(self._folder, made, paper_text(made, language, self._words(), names))

        await asyncio.to_thread(write)


def _alarm_text(alarm: Alarm) -> str:
    """An alarm in one sentence; one without a sentence shows its code and facts."""
    facts = {name: safe_text(value) for name, value in alarm.facts.items()}
    try:
        return _(_SENTENCES[alarm.code], **({"city": alarm.city or ""} | facts))
    except (KeyError, IndexError):
        return " ".join((safe_text(alarm.code), *(f"{name}={value}" for name, value in facts.items())))
