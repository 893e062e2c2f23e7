"""The sections about decisions: arrivals predicted, overrides, blood, hospitals, the worst calls."""

from dispatch.language import N_
from dispatch.report import words
from dispatch.report.model import Report
from dispatch.report.saying import Said, Section
from dispatch.text import safe_text


def eta(report: Report, said: Said) -> Section:
    """Errors of predicted arrivals."""
    header = (
        *said.header(
            N_("of which"), N_("n counted"), N_("median error"), N_("mean error"), N_("mean absolute error")
        ),
        *said.header(N_("p90 of absolute error"), N_("within the late end")),
    )
    titles = {"all": N_("all of them"), "city": N_("city"), "hour": N_("hour of day"), "loan": N_("loan")}
    rows = []
    for one in report.eta:
        key = said.city(one.key) if one.scope == "city" else safe_text(one.key)
        if one.scope == "loan":
            key = " → ".join(said.city(city) for city in one.key.split(">"))
        rows.append(
            (
                said(titles[one.scope]) + (f" {key}" if one.scope != "all" else ""),
                str(one.n),
                said.min(one.median_s),
                said.min(one.mean_s),
                said.min(one.mean_absolute_s),
                said.min(one.p90_absolute_s),
                f"{one.within_late}/{one.n}",
            )
        )
    about = (
        said.clock("console>crew"),
        said(
            N_("From the choice to the unit on scene, actual minus predicted: above zero is later than said.")
        ),
    )
    return Section("eta", said(N_("Predicted and actual arrival")), about, header, tuple(rows))


def overrides(report: Report, said: Said) -> Section:
    """How often recommendations were left, and why."""
    header = said.header(
        N_("of which"),
        N_("choices (n)"),
        N_("not as recommended"),
        N_("without recommendation"),
        N_("reasons given"),
    )
    rows = []
    for one in report.overrides:
        reasons = "; ".join(f"{safe_text(reason) or '–'}: {count}" for reason, count in one.reasons.items())
        share = f"{one.overridden} ({words.percent(one.share)}, {one.low * 100:.0f}–{one.high * 100:.0f})"
        kind = words.word(words.KINDS, one.kind, said.language)
        rows.append(
            (kind, str(one.n), share if one.n else "–", str(one.without_recommendation), reasons or "–")
        )
    return Section("overrides", said(N_("Overrides")), (said.clock("console"),), header, tuple(rows))


def outcomes(report: Report, said: Said) -> Section:
    """Followed and overridden side by side."""
    header = (
        *said.header(N_("units chosen"), N_("on scene (n)"), N_("not reached"), "p50", "p90"),
        *said.header(N_("later than rank 1 was predicted"), N_("against rank 1, median")),
    )
    rows = tuple(
        (
            said(N_("as recommended")) if one.followed else said(N_("not as recommended")),
            str(one.n),
            str(one.not_reached),
            said.min(one.median_s),
            said.min(one.p90_s),
            f"{one.later_than_best_n}/{one.n}",
            said.min(one.against_best_median_s),
        )
        for one in report.outcomes
    )
    about = (
        said.clock("console>crew"),
        said(N_("Overrides are made where something is unusual: the two lines compare unlike calls.")),
    )
    return Section("outcomes", said(N_("What became of overrides")), about, header, rows)


def worst(report: Report, said: Said) -> Section:
    """The calls that waited longest."""
    header = said.header(N_("call number"), N_("city"), N_("priority"), N_("place"), N_("call to scene"))
    rows = tuple(
        (
            safe_text(one.incident),
            said.city(one.city),
            str(one.priority),
            safe_text(one.place),
            said.min(one.response_s)
            if one.reached
            else said(N_("waits {time}"), time=said.min(one.response_s)),
        )
        for one in report.worst
    )
    return Section("worst", said(N_("The ten worst calls")), (said.clock("caller>crew"),), header, rows)


def blood(report: Report, said: Said) -> Section:
    """Requests for blood and their answers."""
    header = (
        *said.header(
            N_("time of day"),
            N_("request"),
            N_("wanted"),
            N_("for hospital"),
            N_("blood bank asked"),
            N_("rank chosen"),
        ),
        said(N_("outcome")),
    )
    rows = tuple(
        (
            words.moment(one.at_ms),
            safe_text(one.request),
            f"{said.component(one.component)} {safe_text(one.group)} × {one.wanted}",
            said.place(one.hospital),
            said.place(one.bank),
            str(one.rank) if one.rank else "–",
            f"{words.word(words.OUTCOMES, one.outcome, said.language)} {safe_text(one.reason)}".strip(),
        )
        for one in report.blood
    )
    return Section("blood", said(N_("Blood requests")), (said.clock("console"),), header, rows)


def hospitals(report: Report, said: Said) -> Section:
    """Hospitals by how often they were chosen."""
    header = said.header(
        N_("hospital"), N_("chosen"), N_("as first recommended"), N_("else: longer drive than rank 1, median")
    )
    rows = tuple(
        (said.place(one.hospital), str(one.chosen), str(one.first), said.min(one.later_median_s))
        for one in report.hospitals
    )
    return Section("hospitals", said(N_("Hospitals chosen")), (said.clock("console"),), header, rows)
