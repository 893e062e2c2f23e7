"""What is printed of a claim: the sheet for its folder, without any number or whole name of anybody. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from dispatch.claims.assess import WHY_NOT
from dispatch.claims.claim import ClaimRecord, ClaimRow, ClaimStep
from dispatch.claims.statement_page import yuan
from dispatch.claims.states import STATE_NAMES, step_name
from dispatch.clock import CHINA, from_epoch_ms
from dispatch.desk.document import Document, Table
from dispatch.desk.slips import file_name
from dispatch.language import N_, _, current
from dispatch.text import safe_text

_SIGNED = (N_("Claimed by"), N_("Checked by"), N_("Paid out by"))


def claim_sheet(
    claim: ClaimRecord,
    steps: Sequence[ClaimStep],
    centres: Mapping[str, str],
    policy: str,
    checklist: Mapping[str, str],
    now: datetime,
    who: str,
    *,
    drill: bool = False,
) -> Document:
    """`centres`: code to name; `policy`: its title; `checklist`: what it must bring, id to words."""
    facts = claim.facts
    head = [
        (_("Claim"), safe_text(claim.id)),
        (_("State"), _(STATE_NAMES[claim.state])),
        (_("Handled by"), centres.get(claim.home, safe_text(claim.home))),
        (_("Name"), safe_text(facts.name)),
        (_("Hospital"), safe_text(facts.hospital)),
        (_("Day of use"), facts.used_on.isoformat()),
    ]
    if claim.granted_fen:
        head += [(_("Granted"), _amount(claim.granted_ml, claim.granted_fen)), (_("Policy"), policy)]
    if claim.reference:
        head.append((_("Reference of the payment"), safe_text(claim.reference)))
    tables = [
        Table(
            _("Lines of the bill"),
            (_("Line"), _("mL"), _("Yuan")),
            tuple((safe_text(line.id), str(line.ml), yuan(line.fen)) for line in facts.lines),
        ),
        _documents(claim.documents, checklist),
        _borne_by(sorted(claim.liable.items()), centres),
        _steps(steps),
    ]
    return _paper(claim.id, head, tables, now, who, drill=drill)


def claim_decision(
    facts: Mapping[str, str | int],
    steps: Sequence[ClaimStep],
    why: str,
    centres: Mapping[str, str],
    policy: str,
    checklist: Mapping[str, str],
    now: datetime,
    who: str,
    *,
    drill: bool = False,
) -> Document:
    """The same of a claim as its centre told it to a console: `facts` and the newest `steps`.

    `why`: what the ledger would not, or why it was rejected, as a sentence; empty: nothing.
    """
    row = ClaimRow.model_validate_json(str(facts["row"]))
    shares = [share.rpartition(":") for share in str(facts["liable"]).split(",") if share]
    head = [
        (_("Claim"), safe_text(row.id)),
        (_("State"), _(STATE_NAMES[row.state])),
        (_("Name"), safe_text(row.name)),
        (_("Hospital"), safe_text(facts["hospital"])),
        (_("Day of use"), safe_text(facts["used_on"])),
        (_("Claimed"), _amount(int(facts["claimed_ml"]), int(facts["claimed_fen"]))),
    ]
    if shares:
        head += [(_("Granted"), _amount(row.ml, row.fen)), (_("Policy"), policy)]
    if why:
        head.append((_("Reason"), why))
    if reference := str(facts.get("reference", "")):
        head.append((_("Reference of the payment"), safe_text(reference)))
    seen = str(facts["documents"]).split(",")
    tables = [
        _documents(seen, checklist),
        _borne_by(((centre, int(fen)) for centre, _colon, fen in shares), centres),
        _steps(steps),
    ]
    return _paper(row.id, head, tables, now, who, drill=drill)


def claims_list(
    rows: Sequence[ClaimRow], more: int, centre: str, now: datetime, who: str, *, drill: bool = False
) -> Document:
    """What is not over at a centre, as its console has it; `more` are not in it."""
    table = Table(
        _("Claims"),
        (_("Claim"), _("State"), _("Ch."), _("Name"), _("mL"), _("Yuan"), _("Last change")),
        tuple(
            (safe_text(row.id), _(STATE_NAMES[row.state]), row.channel, safe_text(row.name), str(row.ml),
             yuan(row.fen), _moment(from_epoch_ms(row.changed_ms)))
            for row in rows
        ),
    )  # fmt: skip
    facts = [(_("Handled by"), centre), (_("Claims that are not over"), str(len(rows) + more))]
    if more:
        facts.append((_("Not in this list"), str(more)))
    return Document(
        name=f"claims-{file_name(f'{now.astimezone(CHINA):%Y%m%d-%H%M}')}",
        language=current(),
        title=_("Reimbursement of blood fees: claims that are not over"),
        facts=tuple(facts),
        tables=(table,),
        foot=_foot(now, who),
        drill=_("DRILL: not a real claim") if drill else "",
    )


def _paper(
    claim: str,
    head: Sequence[tuple[str, str]],
    tables: Sequence[Table],
    now: datetime,
    who: str,
    *,
    drill: bool,
) -> Document:
    return Document(
        name=f"claim-{file_name(claim)}",
        language=current(),
        title=_("Reimbursement of blood fees: claim"),
        facts=tuple(head),
        tables=tuple(table for table in tables if table.rows),
        signed=tuple(_(words) for words in _SIGNED),
        foot=_foot(now, who),
        drill=_("DRILL: not a real claim") if drill else "",
    )


def _amount(ml: int, fen: int) -> str:
    return _("in all {ml} mL, {yuan} yuan", ml=ml, yuan=yuan(fen))


def _documents(seen: Sequence[str], checklist: Mapping[str, str]) -> Table:
    return Table(
        _("Documents"),
        (_("Seen"), _("Document")),
        tuple(("x" if id_ in seen else "", words) for id_, words in checklist.items()),
    )


def _borne_by(shares: Iterable[tuple[str, int]], centres: Mapping[str, str]) -> Table:
    return Table(
        _("Borne by"),
        (_("Centre"), _("Yuan")),
        tuple((centres.get(one, safe_text(one)), yuan(fen)) for one, fen in shares),
    )


def _steps(steps: Sequence[ClaimStep]) -> Table:
    """All of them, or the newest: a console is told no more."""
    title = _("Newest steps") if steps and steps[0].number > 1 else _("Steps")
    return Table(title, (_("Time"), _("Step"), _("Who"), _("Reason")), tuple(map(_step, steps)))


def _foot(now: datetime, who: str) -> str:
    return _("Printed {time} by {who}. What counts is the record of the centre.", time=_moment(now), who=who)


def _step(step: ClaimStep) -> tuple[str, str, str, str]:
    reason = _(WHY_NOT[step.reason]) if step.reason in WHY_NOT else safe_text(step.reason)
    done = f"{_(step_name(step.deed))}{_(': ')}{_(STATE_NAMES[step.state])}"
    return _moment(from_epoch_ms(step.at_ms)), done, safe_text(step.by), reason


def _moment(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"
