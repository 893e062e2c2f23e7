"""The ledger of the three centres, decided by the one centre that keeps it.

Quota is reserved before it is committed, each step happens once for each claim, and every answer about a
claim comes from the entries that are on the disk: a repeat is told what was decided first.
"""

from datetime import date, timedelta, timezone

from dispatch.centre.claims_changes import Netted, PutDonation, PutEntry, PutLine, PutMonth
from dispatch.centre.claims_moves import hear_month, put_ask
from dispatch.centre.draft import Draft, Refusal
from dispatch.claims.claim import ClaimId, DonationEntry, QuotaEntry
from dispatch.claims.deeds import AskLedger, AskQuota, CloseMonth, NotePayment, TellDonation, TellMonth
from dispatch.claims.ledger import (
    FOLLOWS,
    ClosedMonth,
    assessed,
    claim_named,
    claim_of,
    contra,
    held,
    postings,
    standing,
    to_net,
    used,
)
from dispatch.claims.netting import Journal, JournalEntry, settle
from dispatch.claims.quota import quota
from dispatch.claims.rules import ClaimRules
from dispatch.clock import from_epoch_ms
from dispatch.domain.errors import UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import By

CHINA = timezone(timedelta(hours=8))
TOLD_AT_ONCE = 500
Facts = dict[str, str | int]


def today(draft: Draft) -> date:
    """The day in the three cities."""
    return from_epoch_ms(draft.now_ms).astimezone(CHINA).date()


def month_now(draft: Draft) -> str:
    return f"{today(draft):%Y-%m}"


def rules_of(draft: Draft) -> ClaimRules:
    """What config/claims says; Refusal where this centre was given nothing of it."""
    if draft.rules.claims is None or draft.rules.claims.settlement.ledger is None:
        raise Refusal("no_ledger")
    return draft.rules.claims


def ledger_of(draft: Draft) -> CityCode:
    """The centre that keeps the ledger."""
    ledger = rules_of(draft).settlement.ledger
    assert ledger is not None  # noqa: S101 - rules_of has looked
    return ledger


def _demand_ledger(draft: Draft) -> ClaimRules:
    ledger = ledger_of(draft)
    if ledger != draft.city:
        raise Refusal("ledger_elsewhere", city=ledger)
    return rules_of(draft)


def _policy(draft: Draft, day: date) -> str:
    try:
        return rules_of(draft).on(day)
    except UnknownName:
        raise Refusal("no_policy", day=day.isoformat()) from None


# --- quota ----------------------------------------------------------------------------------------


def answer(draft: Draft, said: AskLedger, by: By, home: CityCode) -> Facts:
    """One step of a claim, or what it was answered before; Refusal when it cannot be."""
    _demand_ledger(draft)
    entries = draft.past.claims.entries_of(said.claim)
    if any(entry.home != home for entry in entries):
        raise Refusal("claim_not_yours", city=entries[0].home)
    now = standing(entries)
    match said.step:
        case "reserve":
            return _reserve(draft, said, by, home, entries)
        case "hold" | "unhold":
            if now is None or now.step != "commit":
                raise Refusal("ledger_step", step=said.step, now=now.step if now else "-")
            if held(entries) is not (said.step == "hold"):
                _put(draft, QuotaEntry(claim=said.claim, step=said.step, home=home), by)
            return {}
    if now is None or (now.step != said.step and now.step not in FOLLOWS[said.step]):
        raise Refusal("ledger_step", step=said.step, now=now.step if now else "-")
    if now.step != said.step:
        _move(draft, said, by, entries)
    return {}


def _reserve(draft: Draft, said: AskLedger, by: By, home: CityCode, entries: list[QuotaEntry]) -> Facts:
    first = next((entry for entry in entries if entry.step == "reserve"), None)
    now = standing(entries)
    if first is not None and now is not None:
        if now.step in ("release", "reverse"):
            raise Refusal("ledger_step", step=said.step, now=now.step)
        return _granted(first)
    if said.facts is None:
        raise Refusal("missing", field="facts")
    if said.facts.used_on > today(draft):
        raise Refusal("in_the_future")
    rules, disk, facts = rules_of(draft), draft.past.claims, said.facts
    name = _policy(draft, facts.used_on)
    _check_keys(rules, (*facts.donors, *facts.relatives))
    person = disk.person(facts.donors)
    donations = [one.donation for one in disk.donations(person)]
    found = assessed(
        rules.named(name), facts, donations, disk.entries(person), rules.settlement, home, said.filed_on
    )
    if not found.fen:  # nothing of it could ever be posted, netted or settled
        why = found.refusal or "nothing_to_pay"
        return {"outcome": "rejected", "refusal": why, "policy": name}
    lines = tuple(key for key, line in zip(facts.line_keys(), found.lines, strict=True) if line.ml)
    for line in lines:
        other = disk.claimed_by(line)
        if other is not None:
            raise Refusal("line_claimed", line=line.split("|", 1)[1], claim=other)
    entry = QuotaEntry(
        claim=said.claim, step="reserve", home=home, donors=facts.donors, by=facts.by,
        relatives=facts.relatives, ml=found.ml, fen=found.fen, whole=found.outcome == "approved",
        lines=lines, liable=found.liable, policy=name, used_on=facts.used_on,
    )  # fmt: skip
    _put(draft, entry, by)
    return _granted(entry)


def _check_keys(rules: ClaimRules, donors: tuple[str, ...]) -> None:
    agreed = rules.settlement.donor_keys
    strange = [one.split(":")[0] for one in donors if agreed and one.split(":")[0] not in agreed]
    if strange:
        raise Refusal("unknown_donor_key", key=strange[0])


def _granted(entry: QuotaEntry) -> Facts:
    """What a reservation is worth, as its centre is told it."""
    return {
        "outcome": "approved" if entry.whole else "approved_partial",
        "ml": entry.ml,
        "fen": entry.fen,
        "liable": ",".join(f"{centre}:{fen}" for centre, fen in sorted(entry.liable.items())),
        "policy": entry.policy,
    }


def _move(draft: Draft, said: AskLedger, by: By, entries: list[QuotaEntry]) -> None:
    """Commit, release or reverse what was reserved, with what it posts."""
    reserved = next(entry for entry in entries if entry.step == "reserve")
    month = month_now(draft)
    lines: list[JournalEntry] = []
    if said.step == "commit":
        if said.fen != reserved.fen:
            raise Refusal("sum_differs", fen=reserved.fen)
        lines = postings(said.claim, reserved, said.paid_by or reserved.home, month)
    elif said.step == "reverse":
        lines = contra(draft.past.claims.posted(said.claim), month)
    entry = QuotaEntry(claim=said.claim, step=said.step, home=reserved.home, paid_by=said.paid_by)
    _put(draft, entry, by)
    draft.claims += [PutLine(line) for line in lines]


def _put(draft: Draft, entry: QuotaEntry, by: By) -> None:
    entry = entry.model_copy(update={"at_ms": draft.now_ms})
    draft.claims.append(PutEntry(entry))
    detail: Facts = {"home": entry.home, "ml": entry.ml, "fen": entry.fen, "policy": entry.policy}
    draft.note(f"claim.ledger.{entry.step}", by, entry.claim, **detail)


# --- donations and questions ----------------------------------------------------------------------


def take_donation(draft: Draft, said: TellDonation, by: By, told_by: CityCode) -> Facts:
    """A donation, once; its own centre tells it, or any for one given outside of the centres that settle."""
    rules = _demand_ledger(draft)
    _check_keys(rules, said.donors)
    centre = said.donation.centre
    if centre != told_by and centre in rules.settlement.centres:
        raise Refusal("donation_not_yours", city=centre)
    if said.donation.day > today(draft):
        raise Refusal("in_the_future")
    entry = DonationEntry(id=said.id, donors=said.donors, donation=said.donation, told_by=told_by)
    known = draft.past.claims.donation(said.id)
    if known is not None:
        if (known.donation, known.told_by) != (entry.donation, told_by) or not set(known.donors) & set(
            said.donors
        ):
            raise Refusal("donation_differs", id=said.id)
        return {}
    draft.claims.append(PutDonation(entry))
    draft.note("claim.donation", by, said.id, centre=centre, day=said.donation.day.isoformat())
    return {}


def tell_quota(draft: Draft, said: AskQuota) -> Facts:
    """What a donor and the relatives have left, in mL; no such fact: without limit."""
    rules, disk = _demand_ledger(draft), draft.past.claims
    name = _policy(draft, said.on)
    person = disk.person(said.donors)
    donations = [one.donation for one in disk.donations(person)]
    found = quota(rules.named(name), donations, used(disk.entries(person)), said.on)
    facts: Facts = {"policy": name, "edition": found.edition, "credited_ml": found.credited_ml}
    if rules.named(name).each_relative:
        facts["each_relative"] = 1
    for party, one in (("donor", found.donor), ("relatives", found.relatives)):
        facts[f"{party}_used_ml"] = one.used_ml
        if one.quota_ml is not None and one.left_ml is not None:
            facts |= {f"{party}_quota_ml": one.quota_ml, f"{party}_left_ml": one.left_ml}
    return facts


# --- months ---------------------------------------------------------------------------------------


def close_month(draft: Draft, said: CloseMonth, by: By) -> Facts:
    """Net a month that is over, once; what waits from earlier months is netted with it."""
    rules, disk = _demand_ledger(draft), draft.past.claims
    if said.month >= month_now(draft):
        raise Refusal("month_not_over", month=said.month)
    known = disk.month(said.month)
    if known is not None:
        return _month_facts(known)
    later = [one.month for one in disk.months() if one.month > said.month]
    if later:
        raise Refusal("month_order", month=later[0])
    waiting = disk.waiting()
    frozen = {claim: held(disk.entries_of(claim)) for claim in {claim_of(line) for line in waiting}}
    taken = to_net(waiting, frozen, said.month)
    found = settle(Journal(entries=(*disk.netted(), *taken)), said.month)
    closed = ClosedMonth(
        month=said.month, edition=rules.settlement.edition, entries=tuple(line.id for line in taken),
        nets=found.nets, payments=found.payments, closed_ms=draft.now_ms,
    )  # fmt: skip
    draft.claims += [*(Netted(line.id, said.month) for line in taken), PutMonth(closed)]
    detail = {f"net.{centre}": fen for centre, fen in found.nets.items()}
    draft.note("claim.netted", by, said.month, entries=len(taken), **detail)
    _tell(draft, closed, by)
    return _month_facts(closed)


def note_payment(draft: Draft, said: NotePayment, by: By, told_by: CityCode) -> Facts:
    """A payment of a netted month has come: its payee says so, or the centre of the ledger."""
    _demand_ledger(draft)
    if told_by not in (said.payee, draft.city):
        raise Refusal("claim_not_yours", city=said.payee)
    known = draft.past.claims.month(said.month)
    if known is None:
        raise Refusal("month_not_netted", month=said.month)
    pair = f"{said.payer}>{said.payee}"
    if pair not in {f"{one.payer}>{one.payee}" for one in known.payments}:
        raise Refusal("no_such_payment", payer=said.payer, payee=said.payee, month=said.month)
    if known.paid.get(pair, said.reference) != said.reference:
        raise Refusal("paid_already", reference=known.paid[pair])
    if pair in known.paid:
        return _month_facts(known)
    paid = known.model_copy(update={"paid": {**known.paid, pair: said.reference}})
    draft.claims.append(PutMonth(paid))
    draft.note("claim.payment", by, said.month, payer=said.payer, payee=said.payee, reference=said.reference)
    if paid.settled:
        _tell(draft, paid, by)
    return _month_facts(paid)


def _month_facts(month: ClosedMonth) -> Facts:
    return {"month": month.month, "entries": len(month.entries), "payments": len(month.payments),
            "settled": int(month.settled)}  # fmt: skip


def _tell(draft: Draft, month: ClosedMonth, by: By) -> None:
    """The centres that handle its claims hear of it; this one's own claims go on at once."""
    homes: dict[CityCode, list[ClaimId]] = {}
    for line in month.entries:
        if not line.endswith("/r"):
            claim = claim_named(line)
            home = draft.past.claims.entries_of(claim)[0].home
            if claim not in homes.setdefault(home, []):
                homes[home].append(claim)
    for home, claims in sorted(homes.items()):
        for at in range(0, len(claims), TOLD_AT_ONCE):
            part = tuple(claims[at : at + TOLD_AT_ONCE])
            said = TellMonth(month=month.month, settled=month.settled, claims=part)
            if home == draft.city:
                hear_month(draft, said)
            else:
                put_ask(draft, home, f"month:{home}:{at}", said, by)
