"""The sections about the desks: alarms, messages not taken, links down."""

from dispatch.language import N_
from dispatch.report import words
from dispatch.report.model import Report
from dispatch.report.saying import Said, Section
from dispatch.text import safe_text


def alarms(report: Report, said: Said) -> Section:
    """Alarms by city and kind."""
    header = (
        *said.header(
            N_("city"), N_("alarm"), N_("clock"), N_("raised"), N_("acknowledged"), N_("went unseen")
        ),
        *said.header(
            N_("still unseen"), N_("escalated"), N_("until acknowledged, p50"), "p90", N_("longest")
        ),
    )
    rows = tuple(
        (
            said.city(one.city),
            words.alarm(one.code, said.language),
            words.clock(one.clock, said.language),
            str(one.raised),
            str(one.acknowledged),
            str(one.went_by_itself),
            str(one.standing),
            str(one.escalated),
            said.min(one.median_s),
            said.min(one.p90_s),
            said.min(one.longest_s),
        )
        for one in report.alarms
    )
    return Section("alarms", said(N_("Alarms")), (), header, rows)


def refused(report: Report, said: Said) -> Section:
    """Messages and words that were not taken."""
    header = said.header(N_("city"), N_("why"), N_("count"))
    rows = tuple(
        (said.city(one.city), words.refusal(one.reason, said.language), str(one.count))
        for one in report.refused
    )
    return Section("refused", said(N_("Messages not taken")), (), header, rows)


def links(report: Report, said: Said) -> Section:
    """Minutes without a link."""
    header = said.header(N_("desk"), N_("city"), N_("times down"), N_("minutes down"), N_("at the end"))
    rows = tuple(
        (
            f"{said.city(one.home)} {safe_text(one.node)}",
            said.city(one.city),
            str(one.times),
            f"{one.minutes:.1f}",
            said(N_("still down")) if one.still_down else said(N_("up again")),
        )
        for one in report.links
    )
    return Section("links", said(N_("Links down")), (said.clock("console"),), header, rows)
