"""Whether a standing rule of config/lending.toml answers a request for help, and with which units."""

from math import ceil

from dispatch.centre.draft import Draft
from dispatch.centre.rules import StandingRule
from dispatch.domain.aid import Aid, AidKind
from dispatch.domain.units import UNIT_CAPABILITIES, UnitId


def units_to_lend(draft: Draft, aid: Aid) -> tuple[UnitId, ...]:
    """The units that the rule of this pair of cities lends at once; none: a person decides.

    All or nothing: a request that the rule could meet in part only is seen by a person. Only units that
    the borrower's recommendation named are taken, for a centre does not rank by itself.
    """
    rule = _rule(draft, aid)
    if rule is None or aid.count > rule.most_per_request:
        return ()
    if _lent_by_rule(draft, aid) + aid.count > rule.most_at_once:
        return ()
    taken = promised(draft) | {order.unit for order in draft.held()}
    able = [unit for unit in dict.fromkeys(aid.wanted) if unit not in taken and _able(draft, unit, aid)]
    if len(able) < aid.count or not _reserve_is_kept(draft, aid, taken):
        return ()
    return tuple(able[: aid.count])


def promised(draft: Draft) -> set[UnitId]:
    """Units of this city that an open request has and that are not back yet."""
    return {unit for aid in draft.open_aids() for unit in aid.out}


def lendable(draft: Draft, unit: UnitId) -> bool:
    """Whether a unit is free: its state says so, no order holds it, no other request has it."""
    duty = draft.duty(unit)
    free = duty is not None and duty.status.state.dispatchable and draft.holder(unit) is None
    return free and unit not in promised(draft)


def _rule(draft: Draft, aid: Aid) -> StandingRule | None:
    if aid.kind is not AidKind.UNITS:
        return None
    for rule in draft.rules.lending.standing:
        pair = (rule.lender, rule.borrower) == (aid.lender, aid.borrower)
        if pair and rule.mode == "automatic" and int(aid.priority) in rule.priorities:
            return rule
    return None


def _lent_by_rule(draft: Draft, aid: Aid) -> int:
    same = [
        one for one in draft.open_aids() if one.borrower == aid.borrower and one.rule and one.id != aid.id
    ]
    return sum(len(one.out) for one in same)


def _able(draft: Draft, unit: UnitId, aid: Aid) -> bool:
    duty = draft.duty(unit)
    if duty is None or not duty.status.state.dispatchable:
        return False
    return aid.needs & UNIT_CAPABILITIES <= duty.unit.capabilities


def _reserve_is_kept(draft: Draft, aid: Aid, taken: set[UnitId]) -> bool:
    """The lender keeps a share of its fleet free after the loan: rules/units.toml lending_reserve."""
    fleet = list(draft.all_duties())
    free = sum(1 for duty in fleet if duty.status.state.dispatchable and duty.unit.id not in taken)
    reserve = ceil(draft.rules.reserve[int(aid.priority) - 1] * len(fleet) - 1e-9)
    return free - aid.count >= reserve
