"""Why a centre refused, as one sentence in the language in use.

Codes travel on the wire: of states, roles, cities, banks, components, documents. None of them is shown to a
person where this console knows what it stands for.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping

from dispatch.claims.assess import WHY_NOT
from dispatch.claims.statement_page import yuan
from dispatch.claims.states import DEED_NAMES, STATE_NAMES, ClaimState, Deed
from dispatch.decide.words import STATE_WORDS
from dispatch.desk.claim_words import document_text
from dispatch.domain.aid import AID_STATE_NAMES, AidState
from dispatch.domain.blood_orders import BLOOD_STATE_NAMES, BloodState
from dispatch.domain.model import Name
from dispatch.domain.operators import RIGHT_NAMES, ROLE_NAMES, Right, Role
from dispatch.domain.refusals import FIELD_NAMES, SENTENCES
from dispatch.domain.units import UnitState
from dispatch.language import N_, _, current
from dispatch.settings.configuration import Configuration
from dispatch.text import safe_text

LEDGER_STEPS = {
    "reserve": N_("set quota aside"),
    "commit": N_("use quota up"),
    "release": N_("give quota back"),
    "reverse": N_("take a payment back"),
    "hold": N_("freeze the claim"),
    "unhold": N_("let the claim go on"),
    "-": N_("nothing yet"),
}
"""What the ledger is asked to do about a claim."""
_STATED = frozenset({"state", "wanted", "legal"})
Facts = Mapping[str, str | int]


def refusal_text(configuration: Configuration, code: str, facts: Facts, fallback: str = "") -> str:
    """A code and its facts as a sentence; a newer centre's code as it was sent, said to be unknown here."""
    sentence = SENTENCES.get(code) or WHY_NOT.get(code)
    if sentence is None:
        sent = " ".join((safe_text(code), *(f"{name}={safe_text(fact)}" for name, fact in facts.items())))
        if fallback and fallback != code:
            return fallback  # in the sender's words
        return _("for a reason that this program does not know: {code}", code=sent.strip())
    said: dict[str, str] = defaultdict(lambda: "–")
    said.update({name: _fact(configuration, code, name, facts) for name in facts})
    return _(sentence).format_map(said)


def _fact(configuration: Configuration, code: str, name: str, facts: Facts) -> str:
    text = safe_text(facts[name])
    if name in _STATED or name == "deed":
        return _listed(text, _state_of(code, name))
    match name:
        case "city" | "payer" | "payee":
            return _named(text, {str(one.code): one.name for one in configuration.cities})
        case "bank" | "hospital":
            names = {str(one.id): one.name for one in configuration.hospitals}
            return _named(text, names | {str(one.id): one.name for one in configuration.banks})
        case "component":
            return _named(text, {str(one.code): one.name for one in configuration.components})
        case "quantity" | "free" if "component" in facts:
            units = {str(one.code): one.unit for one in configuration.components}
            return f"{text} {_named(str(facts['component']), units)}" if facts["component"] in units else text
        case "documents":
            return _listed(text, lambda one: document_text(configuration, one))
        case "fen":
            return yuan(int(facts[name])) if text.isdigit() else text
    table = _TABLES.get(name, {})
    return _(table[text]) if text in table else text


_TABLES: Mapping[str, Mapping[str, str]] = {
    "role": {role.value: ROLE_NAMES[role] for role in Role},
    "right": {right.value: RIGHT_NAMES[right] for right in Right},
    "field": FIELD_NAMES,
    "step": LEDGER_STEPS,
    "now": LEDGER_STEPS,
}


def _named(code: str, names: Mapping[str, Name]) -> str:
    return safe_text(names[code].text(current())) if code in names else code


def _listed(text: str, worded: Callable[[str], str]) -> str:
    return _(", ").join(worded(one.strip()) for one in text.split(",") if one.strip())


def _state_of(code: str, name: str) -> Callable[[str], str]:
    """Which kind of state a refusal speaks of."""
    if code == "illegal_claim":
        return _claim_state if name == "state" else _deed
    if code.startswith("aid_"):
        return _aid_state
    return _blood_state if code.startswith("blood_") else _unit_state


def _claim_state(code: str) -> str:
    return _(STATE_NAMES[ClaimState(code)]) if code in set(ClaimState) else code


def _deed(code: str) -> str:
    return _(DEED_NAMES[Deed(code)]) if code in set(Deed) else code


def _aid_state(code: str) -> str:
    return _(AID_STATE_NAMES[AidState(code)]) if code in set(AidState) else code


def _blood_state(code: str) -> str:
    return _(BLOOD_STATE_NAMES[BloodState(code)]) if code in set(BloodState) else code


def _unit_state(code: str) -> str:
    """By name or digit, as whoever sent it writes it."""
    names = {str(int(state)): state.name for state in UnitState}
    name = names.get(code, code.upper())
    return f"{int(UnitState[name])} {_(STATE_WORDS[name])}" if name in STATE_WORDS else code
