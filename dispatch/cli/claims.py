"""`czt claims`: blood fees by the rules and files alone; claims_centre.py has what goes through a centre."""

import csv
import io
import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ValidationError

from dispatch.claims.assess import WHY_NOT, Assessment, Claim, assess
from dispatch.claims.deeds import CloseMonth
from dispatch.claims.netting import Journal, Payment, Settlement, Statement, settle, statement
from dispatch.claims.quota import Allowance, Party, Quota, QuotaQuestion, Reason, quota
from dispatch.claims.statement_page import KINDS, page, yuan
from dispatch.cli import claims_centre
from dispatch.cli.claims_centre import (
    City,
    ClaimFiling,
    Data,
    DonationTold,
    FromStdin,
    KeysFile,
    OperatorName,
)
from dispatch.cli.claims_sending import Where, send
from dispatch.cli.on_paper import OnPaper, OutFolder, put_out
from dispatch.cli.options import ConfigDir, text_of
from dispatch.decide.documents import read
from dispatch.desk.slips import file_name
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.language import LANGUAGES, N_, _, current
from dispatch.settings import load
from dispatch.settings.claims import load_claim_rules
from dispatch.text import cell_width, safe_text

app = typer.Typer(
    help=_("Reimbursement of blood fees: what may be claimed, and what the centres owe each other."),
    no_args_is_help=True,
    rich_markup_mode=None,
)
SCHEMAS: dict[str, type[BaseModel]] = {
    "claims-quota-question": QuotaQuestion,
    "claims-claim": Claim,
    "claims-journal": Journal,
    "claims-filing": ClaimFiling,
    "claims-donation": DonationTold,
}
"""Documents that these commands read."""

AsJson = Annotated[bool, typer.Option("--json", help=_("print everything as JSON"))]
AsCsv = Annotated[bool, typer.Option("--csv", help=_("print comma-separated values"))]
PolicyName = Annotated[
    str, typer.Option("--policy", help=_("a policy by name; without it the one that the centres apply"))
]
JournalFile = Annotated[
    Path | None, typer.Option("--journal", help=_("the journal as JSON (schema: claims-journal); - is stdin"))
]  # fmt: skip
MonthOption = Annotated[str, typer.Option("--month", help=_("the month, e.g. 2026-11"))]

OUTCOMES = {
    "approved": N_("approved"),
    "approved_partial": N_("approved in part"),
    "rejected": N_("rejected"),
}
PARTIES: dict[Party, str] = {"donor": N_("donor"), "relatives": N_("relatives together")}
LIMITS = {
    "from_ml": N_("from {value} mL in all"),
    "over_ml": N_("more than {value} mL in all"),
    "within_years": N_("within {value} years"),
    "earned_within_years": N_("given within {value} years"),
    "for_years": N_("for {value} years"),
    "percent": N_("{value} % of it"),
    "from_donations": N_("from {value} donations"),
    "mark": N_("of donors with {value}"),
    "given_from": N_("given on {value} or later"),
    "given_until": N_("given on {value} or earlier"),
    "most_ml": N_("{value} mL"),
}


@app.command("policies", help=_("List the policies there are."))
def policies(as_json: AsJson = False, config: ConfigDir = None) -> None:
    """By name; those that the three centres apply are marked."""
    rules = load_claim_rules(config)
    if as_json:
        _print({name: one.model_dump(mode="json") for name, one in rules.policies.items()})
        return
    for name, one in rules.policies.items():
        until = one.effective_until.isoformat() if one.effective_until else ""
        mark = "*" if name in rules.settlement.policies else " "
        signed = "" if one.signed_by else f"  {_('signed by nobody')}"
        typer.echo(f"{mark} {name:<14} {one.effective_from}..{until:<10}  {one.name.text(current())}{signed}")


@app.command("quota", help=_("What a donor and the relatives may still claim."))
def quota_command(
    question: Annotated[
        Path | None, typer.Argument(help=_("a JSON file (schema: claims-quota-question)"))
    ] = None,
    policy: PolicyName = "",
    as_json: AsJson = False,
    identity_stdin: Annotated[
        bool,
        typer.Option("--identity-stdin", help=_("ask the ledger; the identity number is read from stdin")),
    ] = False,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help=_("the day of use"))
    ] = None,
    city: City = "",
    data: Data = None,
    keys_path: KeysFile = None,
    operator: OperatorName = "",
    password_stdin: FromStdin = False,
    config: ConfigDir = None,
) -> None:
    """By one policy, on one day, with reasons; or by what the ledger of the centres knows."""
    if identity_stdin == (question is not None):
        raise DispatchError(_("give a question as a file, or --identity-stdin to ask the ledger"))
    if question is None:
        identity = sys.stdin.readline()
        place = claims_centre.where(config, city, data, operator, password_stdin)
        facts = claims_centre.ask_quota(place, identity, on.date() if on else None, keys_path)
        if as_json:
            _print(facts)
        else:
            typer.echo("\n".join(claims_centre.quota_lines(facts, PARTIES)))
        return
    rules = load_claim_rules(config)
    asked = read("claims-quota-question", QuotaQuestion, text_of(question))
    name = policy or rules.on(asked.on)
    found = quota(rules.named(name), asked.donations, asked.used, asked.on, asked.relation, asked.relative)
    _answer(name, found, _quota_lines(name, found), as_json=as_json)


@app.command("assess", help=_("Which fees of a claim are covered, and which centre is liable."))
def assess_command(
    claim: Annotated[Path, typer.Argument(help=_("a JSON file (schema: claims-claim)"))],
    policy: PolicyName = "",
    as_json: AsJson = False,
    config: ConfigDir = None,
) -> None:
    """By the policy of the day of use."""
    rules = load_claim_rules(config)
    asked = read("claims-claim", Claim, text_of(claim))
    name = policy or rules.on(asked.used_on)
    found = assess(rules.named(name), asked, rules.settlement)
    lines = [*_quota_lines(name, found.quota), *_assessment_lines(found, _centres(config))]
    _answer(name, found, lines, as_json=as_json)


@app.command("net", help=_("Net one month of a journal between the centres."))
def net(
    journal: JournalFile = None,
    month: MonthOption = "",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    city: City = "",
    data: Data = None,
    operator: OperatorName = "",
    password_stdin: FromStdin = False,
    config: ConfigDir = None,
) -> None:
    """Debts, nets that sum to zero, the fewest payments. Without a journal the ledger does it for good."""
    if journal is None:
        _close_month(
            claims_centre.where(config, city, data, operator, password_stdin), month, as_json=as_json
        )
        return
    written = read("claims-journal", Journal, text_of(journal))
    found = settle(written, _month_of(written, month))
    if as_json:
        _print(found.model_dump(mode="json"))
    elif as_csv:
        rows = [("payment", one.payer, one.payee, one.fen) for one in found.payments]
        owed = [("debt", one.debtor, one.creditor, one.fen) for one in found.debts]
        _print_csv(("kind", "from", "to", "fen"), [*rows, *owed])
    else:
        typer.echo("\n".join(_settlement_lines(found, _centres(config))))


@app.command("statement", help=_("Print the month of one centre, line by line."))
def statement_command(
    centre: Annotated[str, typer.Option("--centre", help=_("the centre, e.g. changsha"))],
    journal: JournalFile = None,
    month: MonthOption = "",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_html: Annotated[
        bool, typer.Option("--html", help=_("print a page to print, in both languages"))
    ] = False,
    out: OutFolder = None,
    on_paper: OnPaper = False,
    city: City = "",
    data: Data = None,
    config: ConfigDir = None,
) -> None:
    """What it is owed and owes, and what it pays or is paid."""
    if journal is None:
        written = claims_centre.journal_of(claims_centre.database(load(config), city, data))
    else:
        written = read("claims-journal", Journal, text_of(journal))
    known = {name for one in written.entries for name in (one.liable, one.advanced_by)} | set(
        _centres(config)
    )
    if centre not in known:
        allowed = safe_text(", ".join(sorted(known)), 200)
        name = safe_text(centre, 64)
        raise DispatchError(_("no centre is called {name}; there are: {known}", name=name, known=allowed))
    found = statement(written, _month_of(written, month), CityCode(centre))
    configuration = load(config)
    names = {one: {str(city.code): city.name.text(one) for city in configuration.cities} for one in LANGUAGES}
    lines = "\n".join(_statement_lines(found, _centres(config)))
    if as_json:
        _print(found.model_dump(mode="json"))
    elif as_csv:
        _print_csv(("id", "other", "kind", "fen"), [(e.id, e.other, e.kind, e.fen) for e in found.lines])
    elif as_html:
        typer.echo(page(found, names), nl=False)
    elif out is None and not on_paper:
        typer.echo(lines)
    title, name = lines.partition("\n")[0], f"statement-{file_name(centre)}-{found.month}"
    put_out(configuration, name, f"{lines}\n", page(found, names), title, out, paper=on_paper)


def _close_month(place: Where, month: str, *, as_json: bool) -> None:
    """Have the ledger net a month for good."""
    if not month:
        raise DispatchError(_("name the month that is over with --month, or give a --journal"))
    try:
        said = CloseMonth(month=month)
    except ValidationError:
        raise DispatchError(_("{month} is no month: write 2026-11", month=safe_text(month, 20))) from None
    facts = send(place, said)
    if as_json:
        _print(dict(facts))
    else:
        text = _("{month} is netted: {entries} entries, {payments} payments", month=facts["month"],
                 entries=facts["entries"], payments=facts["payments"])  # fmt: skip
        typer.echo(text)


def _answer(policy: str, found: Quota | Assessment, lines: list[str], *, as_json: bool) -> None:
    if as_json:
        _print({"policy": policy, **found.model_dump(mode="json")})
    else:
        typer.echo("\n".join(lines))


def _month_of(journal: Journal, wanted: str) -> str:
    """The month that was named, or the only one there is."""
    months = sorted({entry.month for entry in journal.entries})
    if not months:
        raise DispatchError(_("the journal has no entries: nothing was paid, so there is nothing to settle"))
    if wanted:
        if wanted not in months:
            known = ", ".join(months) or "-"
            raise DispatchError(
                _("the journal has no month {month}; there are: {known}", month=wanted, known=known)
            )
        return wanted
    if len(months) != 1:
        known = ", ".join(months) or "-"
        raise DispatchError(_("name the month with --month; the journal has: {known}", known=known))
    return months[0]


def _centres(config: Path | None) -> dict[str, str]:
    return {city.code: city.name.text(current()) for city in load(config).cities}


def _print(content: object) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _print_csv(header: tuple[str, ...], rows: Iterable[tuple[str, str, str, int]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *([_plain(one) for one in row] for row in rows)])
    typer.echo(text.getvalue(), nl=False)


def _plain(cell: str | int) -> str | int:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _volume(ml: int | None) -> str:
    return _("without limit") if ml is None else f"{ml} mL"


def _quota_lines(name: str, found: Quota) -> list[str]:
    lines = [
        _("{policy}, edition {edition}, on {day}", policy=name, edition=found.edition, day=found.on),
        _("credited: {ml} mL", ml=found.credited_ml),
    ]
    allowances: dict[Party, Allowance] = {"donor": found.donor, "relatives": found.relatives}
    parties = PARTIES
    if any(reason.code == "each" for reason in found.reasons):
        parties = {**PARTIES, "relatives": claims_centre.EACH_RELATIVE}
    for party, one in allowances.items():
        facts = {"quota": _volume(one.quota_ml), "used": one.used_ml, "left": _volume(one.left_ml)}
        said = _("{party}: quota {quota}, used {used} mL, left {left}", party=_(parties[party]), **facts)
        if one.year_left_ml is not None:
            said += _(" (of this year {ml} mL)", ml=one.year_left_ml)
        lines.append(said)
        lines += [f"  {_reason(reason)}" for reason in found.reasons if reason.party == party]
    return lines


def _reason(reason: Reason) -> str:
    limits = _(", ").join(_(LIMITS[name], value=value) for name, value in reason.limits.items())
    match reason.code:
        case "waiting":
            return _("nothing may be claimed before {day}", day=reason.until or "")
        case "year" if reason.until is None:
            return _("less is left of what may be used in any twelve months")
        case "most":
            return _("no more than {limits}", limits=limits)
        case "each":
            return _("each relative has this quota; what others used takes nothing of it")
        case "year":
            return _("less is left of what may be used until {day}", day=reason.until or "")
        case "unlimited":
            return _("everything is reimbursed: {limits}", limits=limits or _("always"))
        case "times":
            return _(
                "{times} times what was given: {limits}",
                times=reason.times or 0,
                limits=limits or _("always"),
            )


def _assessment_lines(found: Assessment, centres: dict[str, str]) -> list[str]:
    why = f": {_(WHY_NOT[found.refusal])}" if found.refusal else ""
    lines = [f"{_(OUTCOMES[found.outcome])}{why}"]
    lines += [f"  {safe_text(line.id)}  {line.ml} mL  {yuan(line.fen)}" for line in found.lines]
    lines.append(_("in all {ml} mL, {yuan} yuan", ml=found.ml, yuan=yuan(found.fen)))
    lines += [
        _("{centre} is liable for {yuan} yuan", centre=_named(code, centres), yuan=yuan(fen))
        for code, fen in found.liable.items()
    ]
    return lines


def _named(code: str, centres: dict[str, str]) -> str:
    return centres.get(code) or safe_text(code)


def _row(name: str, fen: int) -> str:
    return f"  {name}{' ' * max(1, 24 - cell_width(name))}{yuan(fen):>16}"


def _settlement_lines(found: Settlement, centres: dict[str, str]) -> list[str]:
    lines = [_("Settlement of {month}: {count} entries, {yuan} yuan before netting",
               month=found.month, count=found.entries, yuan=yuan(found.gross_fen))]  # fmt: skip
    for debt in found.debts:
        facts = {"debtor": _named(debt.debtor, centres), "creditor": _named(debt.creditor, centres)}
        lines.append(_row(_("{debtor} owes {creditor}", **facts), debt.fen))
    lines.append(_("Nets (positive is received)"))
    lines += [_row(_named(code, centres), fen) for code, fen in found.nets.items()]
    lines.append(_("Payments"))
    lines += _payment_lines(found.payments, centres)
    return lines


def _payment_lines(payments: tuple[Payment, ...], centres: dict[str, str]) -> list[str]:
    if not payments:
        return [f"  {_('none')}"]
    return [
        _row(
            _("{payer} pays {payee}", payer=_named(one.payer, centres), payee=_named(one.payee, centres)),
            one.fen,
        )
        for one in payments
    ]


def _statement_lines(found: Statement, centres: dict[str, str]) -> list[str]:
    name = _named(found.centre, centres)
    lines = [_("Statement of {centre} for {month}", centre=name, month=found.month)]
    lines += [
        _row(f"{safe_text(one.id)}  {_named(one.other, centres)}  {_(KINDS[one.kind])}", one.fen)
        for one in found.lines
    ]
    lines.append(_row(_("net"), found.net_fen))
    lines.append(_("Payments"))
    return lines + _payment_lines(found.payments, centres)


claims_centre.register(app)
