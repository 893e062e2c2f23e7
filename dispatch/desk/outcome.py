"""What comes of an act, as one sentence in the language in use."""

from dataclasses import dataclass

from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.orders import REASONS
from dispatch.feed.outbox import CommandResult
from dispatch.language import _
from dispatch.settings.configuration import Configuration
from dispatch.text import safe_text


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act, in a sentence of the language in use."""

    ok: bool
    message: str


def order_reason_text(code: str) -> str:
    """Why an order was refused, or how it ended; empty for no reason."""
    return _(REASONS[code]) if code in REASONS else safe_text(code)


def outcome_of(configuration: Configuration, result: CommandResult, done: str, silent: str) -> Outcome:
    """The result line: `done` when it was carried out, `silent` when nobody answered."""
    if result.answered and result.accepted:
        return Outcome(ok=True, message=done)
    if result.answered:
        why = refusal_text(configuration, result.code, result.facts, result.reason)
        return Outcome(ok=False, message=_("refused: {reason}", reason=why))
    return Outcome(ok=False, message=silent)
