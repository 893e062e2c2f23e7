"""The sections about lending: unit-hours and the harm ledger."""

from dispatch.language import N_
from dispatch.report import words
from dispatch.report.model import Ledger, Loan, Report
from dispatch.report.saying import Said, Section
from dispatch.text import safe_text

COSTS_SHOWN = 4


def pairs(report: Report, said: Said) -> Section:
    """Unit-hours by lender and borrower."""
    header = said.header(
        N_("lending city"),
        N_("borrower"),
        N_("orders"),
        N_("unit-hours"),
        N_("not over"),
        N_("hours not known"),
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


def ledger(report: Report, said: Said) -> Section:
    """Each loan with what it won and cost."""
    header = said.header(
        N_("lent unit"),
        N_("from → to"),
        N_("call number"),
        N_("since when"),
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


def _costs(loan: Loan, said: Said) -> str:
    """The largest ones by name, the others by number; all are in the CSV files."""
    largest = sorted(loan.costs, key=lambda one: -one.saved_s)
    named = [f"{safe_text(one.incident)} {said.min(one.saved_s)}" for one in largest[:COSTS_SHOWN]]
    if len(largest) > COSTS_SHOWN:
        named.append(said(N_("and {count} more"), count=len(largest) - COSTS_SHOWN))
    return "; ".join(named)


def _ledger_about(report: Report, said: Said) -> tuple[str, ...]:
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
