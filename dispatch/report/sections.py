"""The report as tables in one language: the same for the page and for the terminal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dispatch.language import N_, say
from dispatch.report import words
from dispatch.report.model import Ledger, Loan, Quantile, Report, Response, Share
from dispatch.text import safe_text

COSTS_SHOWN = 4
CALLS_SHOWN = 500
"""Longer lists stand in the CSV files and the JSON document."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table under a heading; `about` says whose clock it goes by and what was left out."""

    key: str
    title: str
    about: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sections(report: Report, language: str) -> list[Section]:
    """Every section, in the order that a medical director reads."""
    return [make(report, _Said(report, language)) for make in _ALL]


class _Said:
    """One language, and the names of the cities in it."""

    def __init__(self, report: Report, language: str) -> None:
        self.language = language
        self.places = report.scope.places
        self.cities = {code: name.text(language) for code, name in report.scope.cities.items()}

    def __call__(self, message: str, **facts: object) -> str:
        return say(self.language, message, **facts)

    def city(self, code: str) -> str:
        return safe_text(self.cities.get(code, code)) if code else self(N_("all cities"))

    def place(self, code: str) -> str:
        """A hospital or a bank by its name; one that the configuration does not know by its code."""
        known = self.places.get(code)
        return safe_text(code if known is None else known.text(self.language)) or "–"

    def min(self, seconds: float | None) -> str:
        return words.minutes(seconds, self.language)

    def clock(self, code: str) -> str:
        return self(N_("Clock: {clock}."), clock=words.clock(code, self.language))

    def header(self, *messages: str) -> tuple[str, ...]:
        return tuple(self(message) for message in messages)

    def counts(self, table: dict[str, str], counts: dict[str, int]) -> str:
        said = (f"{words.word(table, code, self.language)}: {count}" for code, count in counts.items())
        return "; ".join(said) or "–"


# --- what the report stands on --------------------------------------------------------------------------


def _logs(report: Report, said: _Said) -> Section:
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
        N_("file"), N_("kind"), N_("city"), N_("desk"), N_("rows"), N_("of these seen before"), N_("proof")
    )
    about = said(
        N_(
            "A centre's rows win over a console's about its own calls, units and alarms; what a console "
            "alone writes (recommendations, choices, links, refused messages) is the console's."
        )
    )
    return Section("logs", said(N_("What this report stands on")), (about,), header, tuple(rows))


def _notes(report: Report, said: _Said) -> Section:
    rows = []
    for note in report.notes:
        facts = {name: safe_text(str(value)) for name, value in note.facts.items()}
        if "city" in facts:
            facts["city"] = said.city(str(note.facts["city"]))
        rows.append((said(words.NOTES[note.code], **facts),))
    return Section("notes", said(N_("Read this first")), (), (), tuple(rows))


# --- response -------------------------------------------------------------------------------------------


def _response(report: Report, said: _Said) -> Section:
    header = (
        *said.header(N_("priority"), N_("city"), N_("calls"), N_("reached (n)"), N_("still waiting")),
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


def _left_out(found: Sequence[Response], said: _Said) -> list[str]:
    lines = []
    for one in found:
        if one.excluded and not one.city:
            counts = said.counts(words.EXCLUDED, one.excluded)
            lines.append(
                said(N_("Priority {priority}, left out: {counts}."), priority=one.priority, counts=counts)
            )
    return lines


def _response_row(one: Response, said: _Said) -> tuple[str, ...]:
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


def _interval(one: Quantile, said: _Said) -> str:
    if one.value_s is None:
        return "–"
    low = "?" if one.low_s is None else f"{one.low_s / 60:.1f}"
    high = "?" if one.high_s is None else f"{one.high_s / 60:.1f}"
    return f"{said.min(one.value_s)} ({low}–{high})"


def _share(one: Share) -> str:
    if one.share is None:
        return "–"
    return f"{words.percent(one.share)} ({one.low * 100:.0f}–{one.high * 100:.0f}) {one.hits}/{one.n}"


def _intervals(report: Report, said: _Said) -> Section:
    names = ("p10", "p25", "p50", "p75", "p90")
    header = (
        *said.header(N_("step"), N_("clock"), N_("n"), N_("not ended"), N_("left out")),
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


# --- lending --------------------------------------------------------------------------------------------


def _pairs(report: Report, said: _Said) -> Section:
    header = said.header(
        N_("lender"), N_("borrower"), N_("orders"), N_("unit-hours"), N_("not over"), N_("hours not known")
    )
    rows = tuple(
        (
            said.city(one.lender),
            said.city(one.borrower),
            str(one.orders),
            f"{one.unit_hours:.2f}",
            str(one.not_over),
            str(one.unknown),
        )
        for one in report.pairs
    )
    about = (
        said.clock("centre"),
        said(
            N_("From the reservation to the end of the order; one not over counts up to the end of the log.")
        ),
    )
    return Section("pairs", said(N_("Unit-hours lent")), about, header, rows)


def _ledger(report: Report, said: _Said) -> Section:
    header = said.header(
        N_("lent unit"),
        N_("from → to"),
        N_("call"),
        N_("from"),
        N_("lent unit on scene"),
        N_("best own unit"),
        N_("won"),
        N_("calls of the lender meanwhile"),
        N_("cost, to whom"),
    )
    rows = []
    for one in report.ledger.loans:
        own = f"{said.min(one.own_s)} {safe_text(one.own_unit)}".strip()
        own_by = words.word(words.BY, one.own_by, said.language) if one.own_by else ""
        lent_by = words.word(words.BY, one.lent_by, said.language) if one.lent_by else ""
        won = (
            said.min(one.won_s) if not one.why_not else words.word(words.WHY_NOT, one.why_not, said.language)
        )
        costs = _costs(one, said)
        rows.append(
            (
                safe_text(one.unit),
                f"{said.city(one.lender)} → {said.city(one.borrower)}",
                f"{safe_text(one.incident)} P{one.priority}",
                words.moment(one.from_ms),
                f"{said.min(one.lent_s)} {lent_by}".strip(),
                f"{own} {own_by}".strip(),
                won,
                said(N_("{count}, {unknown} not estimated"), count=one.calls_away, unknown=one.not_estimated),
                costs or "–",
            )
        )
    return Section(
        "ledger", said(N_("Harm ledger of loans")), _ledger_about(report, said), header, tuple(rows)
    )


def _costs(loan: Loan, said: _Said) -> str:
    """The largest ones by name, the others by number; all are in the CSV files."""
    largest = sorted(loan.costs, key=lambda one: -one.saved_s)
    named = [f"{safe_text(one.incident)} {said.min(one.saved_s)}" for one in largest[:COSTS_SHOWN]]
    if len(largest) > COSTS_SHOWN:
        named.append(said(N_("and {count} more"), count=len(largest) - COSTS_SHOWN))
    return "; ".join(named)


def _ledger_about(report: Report, said: _Said) -> tuple[str, ...]:
    ledger: Ledger = report.ledger
    costs = "; ".join(
        said(
            N_("{city}: {minutes} in {count} calls"),
            city=said.city(lender),
            minutes=said.min(ledger.cost_min[lender] * 60),
            count=ledger.cost_calls[lender],
        )
        for lender in ledger.cost_min
    )
    won = said(
        N_(
            "Won in all: {minutes} in {n} loans; {later} of them came later than the best own unit would "
            "have; {unknown} cannot be estimated."
        ),
        minutes=said.min(ledger.won_min * 60),
        n=ledger.won_n,
        later=ledger.lost_by_loan_n,
        unknown=ledger.not_estimated,
    )
    estimate = said(
        N_(
            "An ESTIMATE: each loan replayed without it. Won: the best own unit of that moment against the "
            "lent one, from the choice on. Cost: each call of the lender while the unit was away, first "
            "order to scene and its wait for an order beyond the median of its city, against turnout and "
            "drive of that unit from its base ({editions}). The cost is an upper bound: the unit is taken to "
            "be free at its base for every one of them."
        ),
        editions=", ".join(report.scope.editions),
    )
    cost = said(N_("Cost in all, each call once: {costs}."), costs=costs or said(N_("none found")))
    return (estimate, won, cost)


# --- decisions ------------------------------------------------------------------------------------------


def _eta(report: Report, said: _Said) -> Section:
    header = (
        *said.header(N_("of"), N_("n"), N_("median error"), N_("mean error"), N_("mean absolute error")),
        *said.header(N_("p90 of absolute error"), N_("within the late end")),
    )
    titles = {"all": N_("all"), "city": N_("city"), "hour": N_("hour"), "loan": N_("loan")}
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


def _overrides(report: Report, said: _Said) -> Section:
    header = said.header(
        N_("of"),
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


def _outcomes(report: Report, said: _Said) -> Section:
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


def _worst(report: Report, said: _Said) -> Section:
    header = said.header(N_("call"), N_("city"), N_("priority"), N_("place"), N_("call to scene"))
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


# --- the running of the desks ---------------------------------------------------------------------------


def _alarms(report: Report, said: _Said) -> Section:
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


def _refused(report: Report, said: _Said) -> Section:
    header = said.header(N_("city"), N_("why"), N_("count"))
    rows = tuple(
        (said.city(one.city), words.refusal(one.reason, said.language), str(one.count))
        for one in report.refused
    )
    return Section("refused", said(N_("Messages not taken")), (), header, rows)


def _links(report: Report, said: _Said) -> Section:
    header = said.header(N_("desk"), N_("city"), N_("times down"), N_("minutes down"), N_("at the end"))
    rows = tuple(
        (
            safe_text(one.node),
            said.city(one.city),
            str(one.times),
            f"{one.minutes:.1f}",
            said(N_("still down")) if one.still_down else said(N_("up")),
        )
        for one in report.links
    )
    return Section("links", said(N_("Links down")), (said.clock("console"),), header, rows)


def _blood(report: Report, said: _Said) -> Section:
    header = (
        *said.header(N_("time"), N_("request"), N_("wanted"), N_("for"), N_("bank"), N_("rank")),
        said(N_("outcome")),
    )
    rows = tuple(
        (
            words.moment(one.at_ms),
            safe_text(one.request),
            safe_text(f"{one.component} {one.group} × {one.wanted}"),
            said.place(one.hospital),
            said.place(one.bank),
            str(one.rank) if one.rank else "–",
            f"{words.word(words.OUTCOMES, one.outcome, said.language)} {safe_text(one.reason)}".strip(),
        )
        for one in report.blood
    )
    return Section("blood", said(N_("Blood requests")), (said.clock("console"),), header, rows)


def _hospitals(report: Report, said: _Said) -> Section:
    header = said.header(
        N_("hospital"), N_("chosen"), N_("as first recommended"), N_("else: longer drive than rank 1, median")
    )
    rows = tuple(
        (said.place(one.hospital), str(one.chosen), str(one.first), said.min(one.later_median_s))
        for one in report.hospitals
    )
    return Section("hospitals", said(N_("Hospitals chosen")), (said.clock("console"),), header, rows)


def _calls(report: Report, said: _Said) -> Section:
    header = (
        *said.header(N_("call"), N_("city"), N_("priority"), N_("place"), N_("opened"), N_("first order")),
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


_ALL: tuple[Callable[[Report, _Said], Section], ...] = (
    _notes, _response, _intervals, _pairs, _ledger, _eta, _overrides, _outcomes, _worst, _alarms, _refused,
    _links, _blood, _hospitals, _calls, _logs,
)  # fmt: skip
