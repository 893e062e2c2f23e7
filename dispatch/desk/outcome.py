"""What comes of an act, as one sentence in the language in use."""

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.decide.words import STATE_WORDS
from dispatch.domain.aid import AID_STATE_NAMES, AidState
from dispatch.domain.blood_orders import BLOOD_STATE_NAMES, BloodState
from dispatch.domain.operators import RIGHT_NAMES, ROLE_NAMES, Right, Role
from dispatch.domain.orders import REASONS
from dispatch.domain.refusals import SENTENCES
from dispatch.domain.units import UnitState
from dispatch.feed.outbox import CommandResult
from dispatch.language import N_, _
from dispatch.text import safe_text


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act, in a sentence of the language in use."""

    ok: bool
    message: str


_FIELDS = {
    "reason": N_("reason"),
    "text": N_("text"),
    "ending": N_("ending"),
    "destination": N_("hospital"),
    "hospital": N_("hospital"),
    "count": N_("count"),
    "place": N_("place"),
    "position": N_("position"),
    "units": N_("units"),
    "person": N_("person who decides"),
    "carrier": N_("carrier"),
    "temperature": N_("temperature"),
}


def refusal_text(code: str, facts: Mapping[str, str | int], fallback: str = "") -> str:
    """Why a centre refused, from its code and facts; what has no sentence here is shown as it was sent."""
    sentence = SENTENCES.get(code)
    if sentence is not None:
        try:
            said = {name: _said(code, name, value) for name, value in facts.items()}
            return _(sentence, **said) if said else _(sentence).format()
        except (KeyError, IndexError):
            pass  # a fact is missing: the code with what there is still tells more than nothing
    return fallback or " ".join((safe_text(code), *(f"{k}={safe_text(v)}" for k, v in facts.items()))).strip()


def order_reason_text(code: str) -> str:
    """Why an order was refused, or how it ended; empty for no reason."""
    return _(REASONS[code]) if code in REASONS else safe_text(code)


def outcome_of(result: CommandResult, done: str, silent: str) -> Outcome:
    """The result line: `done` when it was carried out, `silent` when nobody answered."""
    if result.answered and result.accepted:
        return Outcome(ok=True, message=done)
    if result.answered:
        why = refusal_text(result.code, result.facts, result.reason)
        return Outcome(ok=False, message=_("refused: {reason}", reason=why))
    return Outcome(ok=False, message=silent)


def _said(code: str, name: str, value: str | int) -> str:
    """A fact in the language in use: states, roles, rights and fields travel as codes."""
    text = safe_text(value)
    match name:
        case "state" | "wanted" | "legal":
            if code.startswith("aid_"):
                return _aid_state(text)
            if code.startswith("blood_"):
                return ", ".join(_blood_state(word.strip()) for word in text.split(","))
            return ", ".join(_unit_state(word.strip()) for word in text.split(","))
        case "role" if text in set(Role):
            return _(ROLE_NAMES[Role(text)])
        case "right" if text in set(Right):
            return _(RIGHT_NAMES[Right(text)])
        case "field" if text in _FIELDS:
            return _(_FIELDS[text])
    return text


def _aid_state(code: str) -> str:
    return _(AID_STATE_NAMES[AidState(code)]) if code in set(AidState) else code


def _blood_state(code: str) -> str:
    return _(BLOOD_STATE_NAMES[BloodState(code)]) if code in set(BloodState) else code


def _unit_state(code: str) -> str:
    """By name or digit, as whoever sent it writes it."""
    names = {str(int(state)): state.name for state in UnitState}
    name = names.get(code, code.upper())
    return f"{int(UnitState[name])} {_(STATE_WORDS[name])}" if name in STATE_WORDS else code
