"""Claims on blood fees as rows and as details."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from dispatch.claims.assess import WHY_NOT
from dispatch.claims.claim import ClaimRow, ClaimStep
from dispatch.claims.statement_page import yuan
from dispatch.claims.states import DEED_NAMES, STATE_NAMES, ClaimState, Deed, step_name
from dispatch.clock import from_epoch_ms
from dispatch.console.present_cells import Cell, Column, Row
from dispatch.console.present_times import age_text, clock_text
from dispatch.console.symbols import symbols
from dispatch.language import N_, _
from dispatch.text import safe_text

_URGENT = (ClaimState.SUBMITTED, ClaimState.NEEDS_INFO, ClaimState.VERIFYING, ClaimState.DISPUTED)
_ORDER = {state: place for place, state in enumerate(dict.fromkeys((*_URGENT, *ClaimState)))}
_STYLES = {
    ClaimState.SUBMITTED: "strong",
    ClaimState.VERIFYING: "strong",
    ClaimState.NEEDS_INFO: "warning",
    ClaimState.DISPUTED: "critical",
    ClaimState.REJECTED: "dim",
}
RELATIONS = {
    "spouse": N_("spouse"),
    "parent": N_("parent"),
    "child": N_("child"),
    "sibling": N_("sibling"),
    "grandparent": N_("grandparent"),
    "parent_in_law": N_("parent-in-law"),
}
"""Those of the shipped policies; another is shown as it is written."""
PARTIES = {"donor": N_("the donor"), "relatives": N_("a relative")}


def in_order(states: Iterable[ClaimState]) -> list[ClaimState]:
    """What staff have to do first comes first."""
    return sorted(states, key=lambda state: _ORDER[state])


def claim_columns() -> tuple[Column, ...]:
    return (
        Column("state", _("State"), 20),
        Column("claim", _("Claim"), None, min_width=16),
        Column("channel", _("Ch."), 4, priority=3),
        Column("name", _("Name"), 6, priority=2),
        Column("ml", _("mL"), 7, "right", priority=1),
        Column("yuan", _("Yuan"), 12, "right"),
        Column("age", _("Age"), 9, "right"),
    )


def claim_rows(rows: Iterable[ClaimRow], now: datetime) -> list[Row]:
    """By state, what staff have to do first; within a state the longest untouched first."""
    return [
        Row(
            row.id,
            (
                Cell(_state(row), _style(row), float(_ORDER[row.state])),
                Cell(safe_text(row.id), "normal"),
                Cell(row.channel, "dim"),
                Cell(safe_text(row.name), "dim"),
                Cell(str(row.ml), "dim", float(row.ml)),
                Cell(yuan(row.fen), "normal", float(row.fen)),
                Cell(age_text(from_epoch_ms(row.changed_ms), now), "dim", float(-row.changed_ms)),
            ),
        )
        for row in sorted(rows, key=lambda one: (_ORDER[one.state], one.changed_ms, one.id))
    ]


def _state(row: ClaimRow) -> str:
    return _("waits for the ledger") if row.waits else _(STATE_NAMES[row.state])


def _style(row: ClaimRow) -> str:
    return "warning" if row.waits or row.trouble else _STYLES.get(row.state, "normal")


def claim_details(
    facts: Mapping[str, str | int],
    steps: Sequence[ClaimStep],
    now: datetime,
    names: Mapping[str, str],
    policy: str,
    checklist: Mapping[str, str],
    why: str,
    keys: Mapping[Deed, str],
) -> list[Cell]:
    """One claim in full, the newest steps last; `why`: what the ledger would not, as a sentence.

    `policy`: its title. `checklist`: what the claim must bring, id to words; the id is what one types.
    """
    row = ClaimRow.model_validate_json(str(facts["row"]))
    cells = [Cell(f"{safe_text(row.id)}  {_state(row)}", _style(row))]
    deeds = [Deed(one) for one in str(facts["next"]).split(",") if one]
    legal = [f"{keys.get(deed, '')} {_(DEED_NAMES[deed])}".strip() for deed in deeds]
    cells.append(Cell(_("next may be: {legal}", legal=_(", ").join(legal) or "-"), "dim"))
    if why:
        cells.append(Cell(why, "warning"))
    asked = _("claimed: {ml} mL, {yuan} yuan in {lines} lines, used {day}", ml=facts["claimed_ml"],
              yuan=yuan(int(facts["claimed_fen"])), lines=facts["lines"], day=facts["used_on"])  # fmt: skip
    party = _(PARTIES[str(facts["by"])])
    said = str(facts["relation"])
    relation = f" ({_(RELATIONS[said]) if said in RELATIONS else safe_text(said)})" if said else ""
    cells += [
        Cell(f"{safe_text(row.name)}  {party}{relation}  {safe_text(facts['hospital'])}"),
        Cell(asked),
        Cell(_("donor {hash}", hash=safe_text(facts["donor"])), "dim"),
    ]
    if facts["liable"]:
        granted = _("granted: {ml} mL, {yuan} yuan by {policy}", ml=row.ml, yuan=yuan(row.fen),
                    policy=policy)  # fmt: skip
        cells.append(Cell(granted, "strong"))
        for share in str(facts["liable"]).split(","):
            centre, _colon, fen = share.rpartition(":")
            name = names.get(centre, safe_text(centre))
            owed = _("{centre} is liable for {yuan} yuan", centre=name, yuan=yuan(int(fen)))
            cells.append(Cell(f"  {owed}"))
    cells += _documents(str(facts["documents"]).split(","), checklist)
    if reference := str(facts.get("reference", "")):
        cells.append(Cell(_("reference of the payment: {reference}", reference=safe_text(reference))))
    cells += [_step(step, now) for step in steps]
    return cells


def _documents(seen: Sequence[str], checklist: Mapping[str, str]) -> Iterable[Cell]:
    """What the claim must bring, each ticked off or not."""
    for id_, words in checklist.items():
        ticked = id_ in seen
        sign = symbols().good if ticked else symbols().bad
        yield Cell(f"{sign} {id_}  {words}", "dim" if ticked else "warning")


def _step(step: ClaimStep, now: datetime) -> Cell:
    at = clock_text(from_epoch_ms(step.at_ms), now)
    said = _(WHY_NOT[step.reason]) if step.reason in WHY_NOT else safe_text(step.reason)
    reason = f"  {said}" if said else ""
    what = f"{_(step_name(step.deed))}{_(': ')}{_(STATE_NAMES[step.state])}"
    return Cell(f"  {at}  {what}  {safe_text(step.by)}{reason}", "dim")
