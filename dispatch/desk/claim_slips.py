"""What is printed of a claim: the sheet for its folder, without any number or whole name of anybody. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dispatch.claims.assess import WHY_NOT
from dispatch.claims.claim import ClaimRecord, ClaimStep
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
        granted = _("in all {ml} mL, {yuan} yuan", ml=claim.granted_ml, yuan=yuan(claim.granted_fen))
        head += [(_("Granted"), granted), (_("Policy"), policy)]
    if claim.reference:
        head.append((_("Reference of the payment"), safe_text(claim.reference)))
    tables = [
        Table(
            _("Lines of the bill"),
            (_("Line"), _("mL"), _("Yuan")),
            tuple((safe_text(line.id), str(line.ml), yuan(line.fen)) for line in facts.lines),
        ),
        Table(
            _("Documents"),
            (_("Seen"), _("Document")),
            tuple(("x" if id_ in claim.documents else "", words) for id_, words in checklist.items()),
        ),
        Table(
            _("Borne by"),
            (_("Centre"), _("Yuan")),
            tuple((centres.get(one, safe_text(one)), yuan(fen)) for one, fen in sorted(claim.liable.items())),
        ),
        Table(_("Steps"), (_("Time"), _("Step"), _("Who"), _("Reason")), tuple(map(_step, steps))),
    ]
    return Document(
        name=f"claim-{file_name(claim.id)}",
        language=current(),
        title=_("Reimbursement of blood fees: claim"),
        facts=tuple(head),
        tables=tuple(table for table in tables if table.rows),
        signed=tuple(_(words) for words in _SIGNED),
        foot=_("Printed {time} by {who}. What counts is the record of the centre.",
               time=_moment(now), who=who),
        drill=_("DRILL: not a real claim") if drill else "",
    )  # fmt: skip


def _step(step: ClaimStep) -> tuple[str, str, str, str]:
    reason = _(WHY_NOT[step.reason]) if step.reason in WHY_NOT else safe_text(step.reason)
    done = f"{_(step_name(step.deed))}: {_(STATE_NAMES[step.state])}"
    return _moment(from_epoch_ms(step.at_ms)), done, safe_text(step.by), reason


def _moment(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"
