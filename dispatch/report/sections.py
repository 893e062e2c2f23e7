"""The report as tables in one language: the same for the page and for the terminal."""

from collections.abc import Callable

from dispatch.report import (
    sections_blood,
    sections_choices,
    sections_desks,
    sections_lending,
    sections_response,
)
from dispatch.report.model import Report
from dispatch.report.saying import Said, Section

_ALL: tuple[Callable[[Report, Said], Section], ...] = (
    sections_response.notes,
    sections_response.response,
    sections_response.intervals,
    sections_lending.pairs,
    sections_lending.ledger,
    sections_choices.eta,
    sections_choices.overrides,
    sections_choices.outcomes,
    sections_choices.worst,
    sections_desks.alarms,
    sections_desks.refused,
    sections_desks.links,
    sections_choices.blood,
    sections_blood.ends,
    sections_blood.times,
    sections_blood.amounts,
    sections_blood.orders,
    sections_choices.hospitals,
    sections_response.calls,
    sections_response.logs,
)


def sections(report: Report, language: str) -> list[Section]:
    """Every section, in the order that a medical director reads."""
    said = Said(report, language)
    return [make(report, said) for make in _ALL]
