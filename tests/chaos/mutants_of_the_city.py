"""Wrong centres beside the orders: lending without looking, words counted twice, answers forgotten."""

from dispatch.centre import lending, unit_words
from dispatch.centre.draft import Draft
from dispatch.centre.messages import HeardStates, Reply, Request, UnitSaid
from dispatch.centre.state import Duty
from dispatch.domain.aid import AidState
from dispatch.domain.units import UnitId
from tests.chaos.rules import Rules

_refusal = lending.refusal
_NAMED = (AidState.COMMITTED, AidState.DEPLOYED)


def _lends_to_anybody(_draft: Draft, _said: Request) -> str:
    """No look at the request for help at all."""
    return ""


def _lends_again(draft: Draft, said: Request) -> str:
    """Whatever was used or came back under a request for help may be had again."""
    aid = draft.aid(said.aid) if said.aid is not None else None
    why = _refusal(draft, said)
    if why == "aid_over" and aid is not None and not aid.state.final and said.unit in aid.units:
        return ""
    return why


def _lends_what_is_over(draft: Draft, said: Request) -> str:
    """A request for help that ran out, was taken back or is through is still good."""
    aid = draft.aid(said.aid) if said.aid is not None else None
    if aid is not None and aid.borrower == said.asker.city and said.unit in aid.units:
        return ""
    return _refusal(draft, said)


def _lends_before_it_named(draft: Draft, said: Request) -> str:
    """To be asked, or to accept, is taken for a promise: any unit will do."""
    aid = draft.aid(said.aid) if said.aid is not None else None
    if aid is not None and aid.borrower == said.asker.city and not aid.state.final:
        return ""
    return _refusal(draft, said)


def _lends_whoever_shows_the_number(draft: Draft, said: Request) -> str:
    """The number of a request for help is enough, whoever it was given to and for whichever incident."""
    aid = draft.aid(said.aid) if said.aid is not None else None
    if aid is not None and aid.state in _NAMED and said.unit in aid.out and said.unit not in aid.used:
        return ""
    return _refusal(draft, said)


def _promises_twice(draft: Draft, unit: UnitId) -> bool:
    """A unit is free when its state says so, whoever it was promised to."""
    duty = draft.duty(unit)
    return duty is not None and duty.status.state.dispatchable and draft.holder(unit) is None


def _believes_old_words(draft: Draft, said: UnitSaid) -> None:
    """What a vehicle says counts whatever its number."""
    duty = draft.duty(said.unit)
    if duty is None:
        return
    verdict = unit_words._verdict(draft, duty, said)
    if verdict is unit_words._Verdict.TOO_EARLY:
        return
    heard = duty.model_copy(update={"heard": max(said.number, duty.heard)})
    draft.put_duty(heard)
    draft.say(HeardStates(said.unit, heard.heard))
    if verdict is unit_words._Verdict.TAKEN:
        unit_words._take(draft, heard, said)


def _turns_back(draft: Draft, duty: Duty, said: UnitSaid) -> "unit_words._Verdict":
    """Whatever a vehicle says last is where it is, however late it comes."""
    if said.request is not None and said.request != duty.status.task:
        return unit_words._Verdict.OTHER_TASK
    if duty.status.task is not None and (said.request is None or said.state.dispatchable):
        return (
            unit_words._Verdict.TOO_EARLY
            if draft.holder(said.unit) is not None
            else unit_words._Verdict.OTHER_TASK
        )
    return unit_words._Verdict.KNOWN if said.state is duty.status.state else unit_words._Verdict.TAKEN


def _forgets_answers(_draft: Draft, _key: str) -> Reply | None:
    """A keyed command said again is decided again."""
    return None


WRONG_IN_THE_CITY = {
    "help not checked": Rules(wrong=((lending, "refusal", _lends_to_anybody),)),
    "help used again": Rules(wrong=((lending, "refusal", _lends_again),)),
    "help that is over honoured": Rules(wrong=((lending, "refusal", _lends_what_is_over),)),
    "help honoured before a unit was named": Rules(wrong=((lending, "refusal", _lends_before_it_named),)),
    "another city's help honoured": Rules(wrong=((lending, "refusal", _lends_whoever_shows_the_number),)),
    "unit promised twice": Rules(wrong=((lending, "lendable", _promises_twice),)),
    "vehicle believed without number": Rules(wrong=((unit_words, "hear", _believes_old_words),)),
    "unit turned back on its task": Rules(wrong=((unit_words, "_verdict", _turns_back),)),
    "keyed command decided again": Rules(wrong=((Draft, "answered", _forgets_answers),)),
}
