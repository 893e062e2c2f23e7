"""The report as plain text, for any terminal."""

from collections.abc import Iterator, Sequence

from dispatch.language import N_, say
from dispatch.report import words
from dispatch.report.model import Report
from dispatch.report.saying import Section
from dispatch.report.sections import sections
from dispatch.text import cell_width

_NOT_PRINTED = ("calls",)
_WIDEST = 44


def title(report: Report, language: str) -> str:
    """What the report is about, in one line."""
    scope = report.scope
    kind = say(language, N_("DRILL")) if scope.drill else say(language, N_("real operation"))
    return say(
        language,
        N_("After-action report · {kind} · {start} to {end} (China time) · {calls} calls, {orders} orders"),
        kind=kind,
        start=words.moment(scope.from_ms, day=True) if scope.rows else "–",
        end=words.moment(scope.to_ms, day=True) if scope.rows else "–",
        calls=scope.calls,
        orders=scope.orders,
    )


def lines(report: Report, language: str) -> Iterator[str]:
    """Every table but the list of calls."""
    yield title(report, language)
    for section in sections(report, language):
        if section.key not in _NOT_PRINTED:
            yield ""
            yield f"# {section.title}"
            yield from section.about
            yield from _table(section, language)


def _table(section: Section, language: str) -> Iterator[str]:
    if not section.rows:
        yield "  " + say(language, N_("nothing"))
        return
    rows = [section.header, *section.rows] if section.header else list(section.rows)
    widths = [min(max(map(cell_width, column)), _WIDEST) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + _row(row, widths).rstrip()


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * max(0, width - cell_width(cell)) for cell, width in zip(row, widths, strict=True))
    return "  ".join(padded)
