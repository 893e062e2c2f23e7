"""Why a step of an order of blood was made, as words in the language in use."""

from collections.abc import Mapping

from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.refusals import SENTENCES
from dispatch.language import N_, _, current
from dispatch.settings.configuration import Configuration
from dispatch.text import safe_text

REASONS = {
    "not_answered": N_("nobody answered in time"),
    "stock_fell": N_("the stock fell"),
    "lots_changed": N_("other lots"),
    "temperature": N_("out of its temperature limits"),
    "no_limits": N_("no temperature limits are known"),
}
"""Reasons that a centre gives by itself."""
_RULE = "rule "
"""A centre's own confirmation: "rule" and the edition of config/blood/orders.toml."""


def reason_text(
    configuration: Configuration, reason: str, facts: Mapping[str, str | int], limit: int = 80
) -> str:
    """A code of the centre, or of a refusal, in words; what a person wrote as it stands, safe to show."""
    if reason in REASONS:
        return _(REASONS[reason])
    if reason in SENTENCES:
        return refusal_text(configuration, reason, facts)
    if reason.startswith(_RULE):
        return _("by the rule of {edition}", edition=safe_text(reason.removeprefix(_RULE), limit))
    return safe_text(reason, limit)


def place_text(configuration: Configuration, place: str) -> str:
    """Where a step was made, its city by name: "changsha/console-1" is "Changsha console-1"."""
    city, _slash, node = place.partition("/")
    names = {str(one.code): one.name.text(current()) for one in configuration.cities}
    return safe_text(f"{names.get(city, city)} {node}".strip(), 60)
