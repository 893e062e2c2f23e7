"""Refusals in the language in use: errors carry facts, and the edge of the program says them."""

from dispatch.decide.words import STATE_WORDS
from dispatch.domain.errors import DispatchError, IllegalTransition, MissingField, UnknownName
from dispatch.language import N_, _
from dispatch.text import safe_text

_KINDS = (
    N_("city"),
    N_("unit"),
    N_("hospital"),
    N_("component"),
    N_("compatibility table"),
    N_("antigen"),
    N_("pack"),
    N_("triage class"),
    N_("incident"),
    N_("place"),
    N_("policy"),
    N_("request"),
)
"""What an UnknownName may be about, where it is not said in the language in use already."""


def refused(error: DispatchError) -> str:
    """One sentence for the console and for `czt`."""
    match error:
        case MissingField():
            return _("{field} is missing: {why}", field=safe_text(error.field), why=safe_text(error.why))
        case IllegalTransition():
            facts = {"state": _state(error.state), "wanted": _state(error.wanted)}
            legal = _(", ").join(map(_state, error.legal))
            return _("{wanted} does not follow from {state}; next may be: {legal}", legal=legal, **facts)
        case UnknownName(kind=kind):
            said = _(kind) if kind in _KINDS else safe_text(kind)
            return _("no {kind} is called {name}", kind=said, name=safe_text(error.name))
        case _:
            return str(error)


def _state(name: str) -> str:
    """A state of a unit in words; one of something else by its name."""
    return _(STATE_WORDS[name]) if name in STATE_WORDS else safe_text(name)
