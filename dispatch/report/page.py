"""The report as one HTML file with both languages: no network, no script, made to be printed."""

from collections.abc import Iterator
from html import escape

from dispatch.language import LANGUAGES, N_, say
from dispatch.report import words
from dispatch.report.chart_map import district_map
from dispatch.report.model import Report, Worst
from dispatch.report.printed import title
from dispatch.report.response import WITHIN_MIN
from dispatch.report.saying import Section
from dispatch.report.sections import sections
from dispatch.report.style import STYLE
from dispatch.report.svg import Curve, bars, ecdf, scatter
from dispatch.settings.configuration import Configuration
from dispatch.text import safe_text

_PLACES = N_(
    "Calls by place: green within 8 min, amber within 15, red later, hollow: not reached or left out; "
    "the larger the more urgent; small squares are stations"
)
_CODES = {"zh_CN": "zh", "en": "en"}
_BUTTONS = {"zh_CN": "&#20013;&#25991;", "en": "English"}
"""Each language in itself, as HTML."""


def page(report: Report, configuration: Configuration, language: str) -> str:
    """The whole document; `language` is shown first."""
    heads = "".join(
        f'<input type="radio" name="language" id="{_CODES[one]}"{" checked" if one == language else ""}>'
        f'<label for="{_CODES[one]}">{_BUTTONS[one]}</label>'
        for one in LANGUAGES
    )
    mains = "".join(_main(report, configuration, one) for one in LANGUAGES)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html><html lang="{_CODES[language]}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title(report, language))}</title><style>{STYLE}</style></head>"
        f"<body>{heads}{mains}</body></html>\n"
    )


def _main(report: Report, configuration: Configuration, language: str) -> str:
    code, scope = _CODES[language], report.scope
    kind = say(language, N_("DRILL")) if scope.drill else say(language, N_("real operation"))
    body = [f'<main class="{code}" lang="{code}">']
    body.append(f"<h1>{escape(say(language, N_('After-action report')))}</h1>")
    body.append(f'<p class="kind {"drill" if scope.drill else "real"}">{escape(kind)}</p>')
    body.append(f"<p>{escape(title(report, language))}</p>")
    for section in sections(report, language):
        body.append(f'<section id="{code}-{section.key}"><h2>{escape(section.title)}</h2>')
        body += [f"<p>{escape(line)}</p>" for line in section.about]
        body += _charts(section.key, report, configuration, language)
        body.append(_table(section, language))
        if section.key == "worst":
            body += [_timeline(worst, language) for worst in report.worst]
        body.append("</section>")
    return "".join([*body, "</main>"])


def _table(section: Section, language: str) -> str:
    if not section.rows:
        return f'<p class="nothing">{escape(say(language, N_("nothing")))}</p>'
    if not section.header:
        return "<ul>" + "".join(f"<li>{escape(row[0])}</li>" for row in section.rows) + "</ul>"
    head = "".join(f"<th>{escape(cell)}</th>" for cell in section.header)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in section.rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _charts(key: str, report: Report, configuration: Configuration, language: str) -> Iterator[str]:
    minutes = say(language, N_("minutes"))
    if key == "response":
        label = say(language, N_("Priority 1: share reached by each minute after the call"))
        yield _figure(ecdf(_curves(report, language), WITHIN_MIN, label, minutes), label)
        label = say(language, _PLACES)
        source = escape(f"{configuration.ground.source} {configuration.ground.map_number}")
        yield _figure(district_map(report, configuration, language), label, source, 480)
    elif key == "intervals":
        yield '<div class="many">'
        for one in report.intervals:
            if one.n:
                name = words.word(words.INTERVALS, one.name, language)
                yield _figure(bars(one.edges_s, one.counts, name, minutes), f"{name} (n={one.n})")
        yield "</div>"
    elif key == "eta":
        orders = (mission for call in report.calls for mission in call.missions)
        points = [
            (float(one.predicted_s), one.actual_s)
            for one in orders
            if one.predicted_s is not None and one.actual_s is not None
        ]
        if points:
            said, took = say(language, N_("predicted, min")), say(language, N_("actual, min"))
            label = say(language, N_("Each arrival: above the line it came later than predicted"))
            yield _figure(scatter(points, label, said, took), f"{label} (n={len(points)})")


def _curves(report: Report, language: str) -> list[Curve]:
    urgent = [call for call in report.calls if call.priority == 1 and call.response_s is not None]
    cities = [("", say(language, N_("all cities")))]
    cities += [(code, safe_text(name.text(language))) for code, name in report.scope.cities.items()]
    return [
        Curve(name, tuple(call.response_s or 0.0 for call in urgent if code in ("", call.city)))
        for code, name in cities
    ]


def _figure(picture: str, label: str, source: str = "", width: int = 640) -> str:
    under = f"<small>{source}</small>" if source else ""
    words_below = f"<figcaption>{escape(label)}{under}</figcaption>"
    return f'<figure style="max-width:{width}px">{picture}{words_below}</figure>'


def _timeline(worst: Worst, language: str) -> str:
    """The lines of one call, each with its clock."""
    rows = []
    for line in worst.lines:
        what = words.word(words.STATES, line.what, language)
        clock, action = words.clock(line.clock, language), words.action(line.action, language)
        cells = (words.moment(line.at_ms), clock, action, safe_text(line.actor), what)
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    head = escape(f"{safe_text(worst.incident)} · {safe_text(worst.place)}")
    return f"<details open><summary>{head}</summary><table class='timeline'>{''.join(rows)}</table></details>"
