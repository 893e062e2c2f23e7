"""The steps of lending: repeat the nouns, ask what is missing, let the desk act, say what came of it."""

import asyncio
from collections.abc import Callable, Sequence

from dispatch.console.dialogs.answer import AidReply, AnswerDialog
from dispatch.console.dialogs.ask import AskDialog, Asking
from dispatch.console.dialogs.choose import YesNoDialog
from dispatch.console.dialogs.lending import (
    DeclineDialog,
    HandOverIncidentDialog,
    TelephoneDialog,
    Telephoning,
    incident_noun,
    scene_of,
)
from dispatch.console.neighbours import claimed_elsewhere
from dispatch.console.ports import Console, Outcome
from dispatch.console.present import city_name
from dispatch.console.present_aids import headline, what_text
from dispatch.console.reasons import code_of
from dispatch.console.results import Misread, Result
from dispatch.domain.aid import Aid, AidAct, AidState
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.incidents import Incident
from dispatch.domain.units import Capability, UnitId
from dispatch.language import _
from dispatch.picture.cities import Sight
from dispatch.text import safe_text

_CLAIMED = frozenset({AidState.REQUESTED, AidState.RECEIVED, AidState.ACCEPTED})
"""While it is in such a state a desk says that it is answering; later there is nothing to claim."""


def said(aid: Aid, outcome: Outcome) -> Result:
    """The outcome of an act on a request, which names it."""
    return Result(outcome.ok, _("{what}: {problem}", what=safe_text(aid.incident), problem=outcome.message))


async def answer(
    console: Console, aid: Aid, units: Sequence[UnitId] = (), act: AidAct | None = None
) -> Result:
    """Ask for the answer. Other desks see that this one is at it while the question stands."""
    desk = console.desk
    if claimed_elsewhere(aid, desk.seat) and not await _takes_over(console, aid):
        return Result(False, _("{desk} is answering", desk=safe_text(aid.claimed_by, 60)))
    claiming: asyncio.Task[bool] | None = None
    if aid.state in _CLAIMED:
        claiming = asyncio.create_task(_claim(console, aid), name=f"claim {aid.id}")
    try:
        reply = await console.ask(AnswerDialog(desk, aid, units, act))
        if isinstance(reply, AidReply):
            claiming = None  # the answer itself ends the claim
            return said(aid, await desk.answer_aid(aid.id, reply.act, reply.units, reply.reason))
    finally:
        if claiming is not None and await claiming:
            await desk.answer_aid(aid.id, AidAct.UNCLAIM)
    return Result(False, _("{incident} was not answered", incident=safe_text(aid.incident)))


async def _takes_over(console: Console, aid: Aid) -> bool:
    """Another desk is at it: go on in its place only after a question, as it may have died."""

    def nouns() -> list[str]:
        return [
            _("{desk} is answering", desk=safe_text(aid.claimed_by, 60)),
            headline(aid, scene_of(console.desk)),
            _("Take the answer over from that desk?"),
        ]

    if not await console.ask(YesNoDialog(lambda: _("Take the answer over"), nouns)):
        return False
    outcome = await console.desk.answer_aid(aid.id, AidAct.UNCLAIM)
    if not outcome.ok:
        console.say(said(aid, outcome))
    return outcome.ok


async def _claim(console: Console, aid: Aid) -> bool:
    """Whether the others now see this desk at it; nobody is stopped where not.

    A refusal is not said: the request went on, perhaps by this desk's own answer, and the dialog says so.
    """
    try:
        outcome = await console.desk.answer_aid(aid.id, AidAct.CLAIM)
    except DispatchError as error:
        console.say(Result(False, safe_text(error)))
        return False
    return outcome.ok


async def confirmed(
    console: Console,
    aid: Aid,
    act: AidAct,
    title: Callable[[], str],
    more: Callable[[], Sequence[str]] = tuple,
) -> Result:
    """An act on a request after a question that repeats it."""

    def nouns() -> list[str]:
        return [headline(aid, scene_of(console.desk)), f"{aid.incident}  {what_text(aid)}", *more()]

    if not await console.ask(YesNoDialog(title, nouns)):
        return Result(False, _("nothing was done"))
    return said(aid, await console.desk.answer_aid(aid.id, act))


async def decline(console: Console, aid: Aid, reason: str) -> Result:
    """Say no with a reason; without one it is asked for."""
    words = console.desk.configuration.incident_words.decline
    code = code_of(reason, words) if reason else await console.ask(DeclineDialog(console.desk, aid))
    if not isinstance(code, str):
        return Result(False, _("{incident} was not answered", incident=safe_text(aid.incident)))
    return said(aid, await console.desk.answer_aid(aid.id, AidAct.DECLINE, (), code))


async def ask(
    console: Console,
    incident: Incident,
    lender: CityCode | None = None,
    count: int = 1,
    needs: frozenset[Capability] = frozenset(),
) -> Result:
    """Ask a neighbour for units of its own."""
    desk = console.desk
    if incident.city != desk.home_city:
        raise Misread(_("{incident} is not ours: only its own city can ask for help", incident=incident.id))
    asking = await console.ask(AskDialog(desk, incident, lender, count, needs))
    if not isinstance(asking, Asking):
        return Result(False, _("nobody was asked"))
    outcome = await desk.ask_aid(incident.id, asking.lender, asking.count, asking.needs, asking.text)
    return Result(outcome.ok, outcome.message)


async def hand_over(console: Console, incident: Incident, to: CityCode, reason: str) -> Result:
    """Give an incident to another centre."""
    desk = console.desk
    if incident.city != desk.home_city or to == desk.home_city:
        raise Misread(_("only an incident of ours can go to another city"))
    dialog = HandOverIncidentDialog(desk, incident, to)
    dialog.given = reason
    given = await console.ask(dialog)
    if not isinstance(given, str):
        return Result(False, _("{incident} stays here", incident=incident.id))
    outcome = await desk.hand_over_incident(incident.id, to, given)
    return Result(outcome.ok, outcome.message)


async def telephone(console: Console, unit: UnitId, incident: Incident, spoke_to: str) -> Result:
    """Write down a unit that was arranged by telephone: only where its city cannot be reached."""
    desk = console.desk
    view = desk.picture.fleet.view(unit)
    if desk.picture.sight[view.unit.city].sight is Sight.LIVE:
        city = city_name(view.unit.city, scene_of(desk))
        if view.unit.city == desk.home_city:
            raise Misread(_("{unit} is of this city and can be reached: send it", unit=unit))
        raise Misread(_("{city} can be reached: ask it for {unit} instead", city=city, unit=unit))
    told = await console.ask(TelephoneDialog(desk, view, incident, spoke_to))
    if not isinstance(told, Telephoning):
        return Result(False, _("{unit} was not arranged", unit=unit))
    outcome = await desk.telephone(unit, incident.id, told.reason, told.spoke_to)
    return Result(outcome.ok, outcome.message)


__all__ = ["answer", "ask", "confirmed", "decline", "hand_over", "incident_noun", "telephone"]
