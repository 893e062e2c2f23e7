"""The sections about calls: from call to scene, each step, every call, and what all of it stands on."""

from collections.abc import Sequence

from dispatch.language import N_
from dispatch.report import words
from dispatch.report.model import Quantile, Report, Response, Share
from dispatch.report.saying import Said, Section
from dispatch.text import safe_text

CALLS_SHOWN = 500
"""Longer lists stand in the CSV files and the JSON document."""


def logs(report: Report, said: Said) -> Section:
    """The files, what they are, whether they are whole."""
    rows = []
    for log in report.logs:
        fault = "" if log.first_fault is None else log.first_fault.text(said.language)
        proof = (
            said(N_("verified")) if log.verified else said(N_("NOT whole: {fault}"), fault=safe_text(fault))
        )
        kind = words.word(words.LOG_KINDS, log.kind, said.language)
        city = said.city(log.city) if log.city else "–"
        rows.append(
            (safe_text(log.name), kind, city, safe_text(log.node), str(log.rows), str(log.again), proof)
        )
    header = said.header(
        N_("file read"),
        N_("kind of log"),
        N_("city"),
        N_("desk"),
        N_("rows"),
        N_("of these seen before"),
        N_("proof"),
    )
    about = said(
        N_(
            "A centre's rows win over a console's about its own calls, units and alarms; what a console "
            "alone writes (recommendations, choices, links, refused messages) is the console's."
        )
    )
    return Section("logs", said(N_("What this report stands on")), (about,), header, tuple(rows))


def notes(report: Report, said: Said) -> Section:
    """What must be known before any figure is believed."""
    rows = []
    for note in report.notes:
        facts = {name: safe_text(str(value)) for name, value in note.facts.items()}
        if "city" in facts:
            facts["city"] = said.city(str(note.facts["city"]))
        rows.append((said(words.NOTES[note.code], **facts),))
    return Section("notes", said(N_("Read this first")), (), (), tuple(rows))


def response(report: Report, said: Said) -> Section:
    """From call to scene, by priority and city."""
    header = (
        *said.header(N_("priority"), N_("city"), N_("calls (n)"), N_("reached (n)"), N_("still waiting")),
        *said.header(N_("p50 (95 %)"), N_("p90 (95 %)"), N_("p90 with those waiting")),
        *(said(N_("within {count} min"), count=share.minutes) for share in report.response[0].within),
        said(N_("over 30 min")),
    )
    about = (
        said.clock("caller>crew"),
        said(
            N_(
                "From the call to the first unit on scene. Quantiles are values of the sample, their "
                "intervals order statistics; shares carry Wilson's interval. A call that still waits counts "
                "against a share as soon as it has waited longer, and in the last p90 by Kaplan-Meier."
            )
        ),
        *_left_out(report.response, said),
    )
    rows = tuple(_response_row(one, said) for one in report.response)
    return Section("response", said(N_("From call to scene")), about, header, rows)


def _left_out(found: Sequence[Response], said: Said) -> list[str]:
    lines = []
    for one in found:
        if one.excluded and not one.city:
            counts = said.counts(words.EXCLUDED, one.excluded)
            lines.append(
                said(N_("Priority {priority}, left out: {counts}."), priority=one.priority, counts=counts)
            )
    return lines


def _response_row(one: Response, said: Said) -> tuple[str, ...]:
    p50, p90 = one.quantiles
    late = said.min(p90.waiting_too_s) if p90.waiting_too_s is not None else said(N_("not reached"))
    return (
        str(one.priority),
        said.city(one.city),
        str(one.calls),
        str(one.n),
        str(one.waiting),
        _interval(p50, said),
        _interval(p90, said),
        late if one.n or one.waiting else "–",
        *(_share(share) for share in one.within),
        str(one.over_30_min),
    )


def _interval(one: Quantile, said: Said) -> str:
    if one.value_s is None:
        return "–"
    low = "?" if one.low_s is None else f"{one.low_s / 60:.1f}"
    high = "?" if one.high_s is None else f"{one.high_s / 60:.1f}"
    return f"{said.min(one.value_s)} ({low}–{high})"


def _share(one: Share) -> str:
    if one.share is None:
        return "–"
    return f"{words.percent(one.share)} ({one.low * 100:.0f}–{one.high * 100:.0f}) {one.hits}/{one.n}"


def intervals(report: Report, said: Said) -> Section:
    """Each step of the work as quantiles."""
    names = ("p10", "p25", "p50", "p75", "p90")
    header = (
        *said.header(N_("step"), N_("clock"), N_("n counted"), N_("not ended"), N_("left out")),
        *names,
        said(N_("longest")),
    )
    rows = tuple(
        (
            words.word(words.INTERVALS, one.name, said.language),
            words.clock(one.clock, said.language),
            str(one.n),
            str(one.unfinished),
            said.counts(words.EXCLUDED, one.excluded),
            *(said.min(one.quantiles_s[name]) for name in names),
            said.min(one.quantiles_s["p100"]),
        )
        for one in report.intervals
    )
    about = (said(N_("A step that was begun and whose end nobody told is counted under “not ended”.")),)
    return Section("intervals", said(N_("Each step of the work")), about, header, rows)


def calls(report: Report, said: Said) -> Section:
    """Every call, up to a number that a page can hold."""
    header = (
        *said.header(
            N_("call number"), N_("city"), N_("priority"), N_("place"), N_("opened"), N_("first order")
        ),
        *said.header(N_("on scene"), N_("closed"), N_("call to scene"), N_("units"), N_("remarks")),
    )
    rows = []
    for call in report.calls[:CALLS_SHOWN]:
        units = ", ".join(safe_text(one.unit) + ("*" if one.loan else "") for one in call.missions)
        remark = words.word(words.EXCLUDED, call.excluded, said.language) if call.excluded else ""
        rows.append(
            (
                safe_text(call.incident),
                said.city(call.city),
                str(call.priority),
                safe_text(call.place),
                words.moment(call.opened_ms),
                words.moment(call.ordered_ms),
                words.moment(call.on_scene_ms),
                words.moment(call.closed_ms),
                said.min(call.response_s),
                units or "–",
                " ".join(part for part in (words.ending(call.ending, said.language), remark) if part) or "–",
            )
        )
    about = [said(N_("* lent by another city. Opened: the call's own time; on scene: the crew's terminal."))]
    if len(report.calls) > CALLS_SHOWN:
        about.append(said(N_("The first {count} of {all}; all are in the CSV files."), count=CALLS_SHOWN,
                          all=len(report.calls)))  # fmt: skip
    return Section("calls", said(N_("Every call")), tuple(about), header, tuple(rows))
