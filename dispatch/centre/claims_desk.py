"""Claims as the centre that handles them decides: what its staff do, and what the ledger answers.

The ledger may be another centre's. Then what it is to do waits in this centre's database until it has
answered, and the claim says so; nothing is taken for granted before.
"""

import json
from collections.abc import Mapping

from dispatch.centre import claims_ledger, claims_looking
from dispatch.centre.claims_changes import Answered
from dispatch.centre.claims_ledger import ledger_of, rules_of
from dispatch.centre.claims_moves import CENTRE, Moves, hear_month, put_ask
from dispatch.centre.draft import Draft, Refusal, who
from dispatch.centre.messages import ClaimAnswered, ClaimSaid, Reply
from dispatch.claims.claim import ClaimRecord, LedgerStep
from dispatch.claims.deeds import (
    SAYING,
    ActOnClaim,
    AskLedger,
    AskQuota,
    CloseMonth,
    FileClaim,
    LookAtClaim,
    LookAtClaims,
    NotePayment,
    TellDonation,
    TellMonth,
)
from dispatch.claims.states import DONE, NEEDS_REASON, ClaimState, Deed, check
from dispatch.clock import CHINA, from_epoch_ms
from dispatch.domain.errors import IllegalTransition, UnknownName
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import By

_ASKED_BY: dict[Deed, LedgerStep] = {
    Deed.PAY: "commit", Deed.WITHDRAW: "release", Deed.REVERSE: "reverse", Deed.DISPUTE: "hold",
}  # fmt: skip
_TO: dict[Deed, ClaimState] = {
    Deed.SUBMIT: ClaimState.SUBMITTED,
    Deed.VERIFY: ClaimState.VERIFYING,
    Deed.ASK_INFO: ClaimState.NEEDS_INFO,
    Deed.GIVE_INFO: ClaimState.VERIFYING,
    Deed.REJECT: ClaimState.REJECTED,
    Deed.CLOSE: ClaimState.CLOSED,
    Deed.WITHDRAW: ClaimState.WITHDRAWN,
    Deed.REVERSE: ClaimState.REVERSED,
    Deed.DISPUTE: ClaimState.DISPUTED,
}


def decide(draft: Draft, said: ClaimSaid) -> None:
    """Carry out one command about claims, or raise Refusal."""
    by, city = said.by, said.asker.city
    match said.said:
        case FileClaim() as filed:
            _file(draft, said, filed)
        case ActOnClaim() as act:
            _act(draft, said, act)
        case TellDonation() as told:
            _take_donation(draft, said, told)
        case AskQuota() as asked:
            draft.accept(said, **claims_ledger.tell_quota(draft, asked))
        case CloseMonth() as month:
            if city != draft.city:
                raise Refusal("claim_not_yours", city=draft.city)
            draft.accept(said, **claims_ledger.close_month(draft, month, by))
        case NotePayment() as payment:
            draft.accept(said, **claims_ledger.note_payment(draft, payment, by, city))
        case LookAtClaims() as look:
            _demand_own(draft, city)
            _tell(draft, said, claims_looking.rows(draft, look))
        case LookAtClaim() as look_at:
            _demand_own(draft, city)
            _tell(draft, said, claims_looking.details(draft, look_at))
        case AskLedger() as step:
            _demand_centre(said)
            draft.accept(said, **claims_ledger.answer(draft, step, by, city))
        case TellMonth() as told_month:
            _demand_centre(said)
            if city != ledger_of(draft):
                raise Refusal("claim_not_yours", city=ledger_of(draft))
            hear_month(draft, told_month)
            draft.accept(said)


def _demand_own(draft: Draft, city: CityCode) -> None:
    """Claims are shown to the staff of the centre that handles them."""
    if city != draft.city:
        raise Refusal("claim_not_yours", city=draft.city)


def _tell(draft: Draft, said: ClaimSaid, facts: Mapping[str, str | int]) -> None:
    """An answer that is not stored: looking again looks anew."""
    draft.say(Reply(said.asker, said.key, accepted=True, facts=facts))


def _demand_centre(said: ClaimSaid) -> None:
    if said.asker.node != CENTRE:
        raise Refusal("centres_only")


def _take_donation(draft: Draft, said: ClaimSaid, told: TellDonation) -> None:
    if said.asker.city != draft.city and said.asker.node != CENTRE:
        raise Refusal("claim_not_yours", city=said.asker.city)
    ledger = ledger_of(draft)
    if ledger == draft.city:
        draft.accept(said, **claims_ledger.take_donation(draft, told, said.by, said.asker.city))
        return
    subject = f"donation:{told.id}"
    if subject not in {ask.subject for ask in draft.past.claims.asks()}:
        put_ask(draft, ledger, subject, told, said.by)
        draft.note("claim.donation", said.by, told.id, centre=told.donation.centre)
    draft.accept(said, waits=ledger)


# --- filing and acting ----------------------------------------------------------------------------


def _file(draft: Draft, said: ClaimSaid, filed: FileClaim) -> None:
    if said.asker.city != draft.city:
        raise Refusal("claim_not_yours", city=draft.city)
    known = draft.past.claims.claim(filed.claim)
    if known is None:
        rules_of(draft)
        known = ClaimRecord(
            id=filed.claim, home=draft.city, facts=filed.facts, filed_ms=draft.now_ms, changed_ms=draft.now_ms
        )
        Moves(draft, known).to(ClaimState.DRAFT, "file", who(said)).put(said.by)
    elif known.facts != filed.facts:
        raise Refusal("claim_exists", claim=filed.claim)
    draft.accept(said, claim=known.id, state=known.state.value)


def _act(draft: Draft, said: ClaimSaid, act: ActOnClaim) -> None:
    claim = draft.past.claims.claim(act.claim)
    if claim is None:
        raise Refusal("unknown_claim", city=draft.city, claim=act.claim)
    _check_whose(draft, said.asker.city, claim, act.deed)
    if not _done_before(draft, said, claim, act):
        if claim.waits is not None:
            raise Refusal("claim_waits", city=ledger_of(draft))
        try:
            check(claim.state, act.deed)
        except IllegalTransition as wrong:
            facts = {
                "state": claim.state.value,
                "deed": act.deed.value,
                "legal": ", ".join(wrong.legal) or "-",
            }
            raise Refusal("illegal_claim", claim=claim.id, **facts) from None
        if act.deed in NEEDS_REASON and not act.reason.strip():
            raise Refusal("missing", field="reason")
        claim = _do(draft, said, claim, act)
    draft.accept(said, **_told(draft, claim))


def _check_whose(draft: Draft, city: CityCode, claim: ClaimRecord, deed: Deed) -> None:
    """The centre that handles it; whoever is to pay a share of it may dispute it."""
    if city != draft.city and not (deed is Deed.DISPUTE and city in claim.liable):
        raise Refusal("claim_not_yours", city=draft.city)


def _done_before(draft: Draft, said: ClaimSaid, claim: ClaimRecord, act: ActOnClaim) -> bool:
    """Whether it has been done: nothing is done twice, but what the ledger would not is asked again."""
    if act.deed is Deed.APPROVE and claim.waits == "reserve":
        return True
    if claim.state not in DONE.get(act.deed, ()):
        return False
    step = _ASKED_BY.get(act.deed)
    if step is not None and claim.trouble and claim.waits is None:
        moves = Moves(draft, claim)
        _ask(moves, step, said.by)
        moves.put(said.by)
    return True


def _told(draft: Draft, claim: ClaimRecord) -> dict[str, str | int]:
    """How a claim stands, for whoever acted on it."""
    facts: dict[str, str | int] = {
        "claim": claim.id, "state": claim.state.value, "ml": claim.granted_ml, "fen": claim.granted_fen,
    }  # fmt: skip
    if claim.waits:
        facts["waits"] = ledger_of(draft)
    if claim.trouble:
        facts["trouble"] = claim.trouble
        facts["why"] = json.dumps(claim.trouble_facts, ensure_ascii=False)
    return facts


def _do(draft: Draft, said: ClaimSaid, claim: ClaimRecord, act: ActOnClaim) -> ClaimRecord:
    documents = tuple(dict.fromkeys((*claim.documents, *act.documents)))
    moves = Moves(
        draft, claim.model_copy(update={"documents": documents, "trouble": "", "trouble_facts": {}})
    )
    deed, operator, reason = act.deed, who(said), act.reason
    match deed:
        case Deed.APPROVE:
            _check_documents(draft, moves.claim)
            moves.to(claim.state, deed.value, operator, reason)
            _ask(moves, "reserve", said.by)
        case Deed.PAY:
            _pay(moves, act, operator)
            _ask(moves, "commit", said.by)
        case Deed.RESOLVE:
            moves.to(claim.before or ClaimState.POSTED, deed.value, operator, reason, before=None)
            _ask(moves, "unhold", said.by)
        case Deed.DISPUTE:
            moves.to(ClaimState.DISPUTED, deed.value, operator, reason, before=claim.state)
            _ask(moves, "hold", said.by)
        case _:
            moves.to(_TO[deed], deed.value, operator, reason)
            reserved = claim.state in (ClaimState.APPROVED, ClaimState.APPROVED_PARTIAL)
            if deed is Deed.REVERSE or (deed is Deed.WITHDRAW and reserved):
                _ask(moves, _ASKED_BY[deed], said.by)
    return moves.put(said.by)


def _check_documents(draft: Draft, claim: ClaimRecord) -> None:
    rules = rules_of(draft)
    try:
        policy = rules.named(rules.on(claim.facts.used_on))
    except UnknownName:
        raise Refusal("no_policy", day=claim.facts.used_on.isoformat()) from None
    missing = [one for one in policy.checklist(claim.facts.by) if one not in claim.documents]
    if missing:
        raise Refusal("documents_missing", documents=", ".join(missing))


def _pay(moves: Moves, act: ActOnClaim, operator: str) -> None:
    """Waived on the bill of a hospital, or paid out; only a claim that was forwarded is paid elsewhere."""
    facts, centres = moves.claim.facts, rules_of(moves.draft).settlement.centres
    paid_by = act.paid_by or moves.claim.home
    if paid_by != moves.claim.home and (facts.channel != "C" or paid_by not in centres):
        raise Refusal("paid_elsewhere", city=paid_by)
    state = ClaimState.WAIVED if facts.channel == "A" else ClaimState.PAID
    moves.to(state, act.deed.value, operator, act.reason, paid_by=paid_by, reference=act.reference)


# --- the ledger -----------------------------------------------------------------------------------


def _ask(moves: Moves, step: LedgerStep, by: By) -> None:
    """Have the ledger do something: at once where it is here, else when it answers."""
    draft, claim = moves.draft, moves.claim
    facts = claim.facts if step == "reserve" else None
    filed_on = from_epoch_ms(claim.filed_ms).astimezone(CHINA).date() if facts else None
    asked = AskLedger(
        claim=claim.id, step=step, facts=facts, filed_on=filed_on, paid_by=claim.paid_by,
        fen=claim.granted_fen,
    )  # fmt: skip
    ledger = ledger_of(draft)
    if ledger == draft.city:
        _hear(moves, step, True, "", claims_ledger.answer(draft, asked, by, draft.city))
        return
    put_ask(draft, ledger, claim.id, asked, by)
    moves.change(waits=step, trouble="", trouble_facts={})


def hear_answer(draft: Draft, said: ClaimAnswered) -> None:
    """Another centre answers what it was told; a second answer is nothing."""
    ask = draft.past.claims.ask(said.key)
    if ask is None or ask.city != said.city:
        return
    draft.claims.append(Answered(said.key))
    asked, by = SAYING.validate_json(ask.said), By.model_validate_json(ask.by)
    if not said.accepted:
        draft.note("claim.refused", by, ask.subject, code=said.code, city=said.city)
    if isinstance(asked, AskLedger):
        claim = draft.past.claims.claim(asked.claim)
        if claim is not None and claim.waits == asked.step:
            moves = Moves(draft, claim)
            _hear(moves, asked.step, said.accepted, said.code, said.facts)
            moves.put(by)


def _hear(moves: Moves, step: LedgerStep, accepted: bool, code: str, facts: Mapping[str, str | int]) -> None:
    """What the ledger's answer makes of a claim."""
    moves.change(waits=None)
    if not accepted:
        moves.change(trouble=code, trouble_facts=dict(facts))
        return
    state = moves.claim.state
    if step == "reserve":
        _granted(moves, facts)
    elif step == "commit" and state in (ClaimState.WAIVED, ClaimState.PAID):
        moves.to(ClaimState.POSTED, "ledger", CENTRE)


def _granted(moves: Moves, facts: Mapping[str, str | int]) -> None:
    if facts["outcome"] == "rejected":
        why = str(facts["refusal"])
        moves.to(ClaimState.REJECTED, "ledger", CENTRE, why, trouble=why, policy=str(facts["policy"]))
        return
    liable = {}
    for share in str(facts["liable"]).split(","):
        centre, _colon, fen = share.rpartition(":")
        if centre:
            liable[CityCode(centre)] = int(fen)
    moves.to(
        ClaimState(str(facts["outcome"])), "ledger", CENTRE, liable=liable, policy=str(facts["policy"]),
        granted_ml=int(facts["ml"]), granted_fen=int(facts["fen"]),
    )  # fmt: skip
