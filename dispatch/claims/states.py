"""What may become of a claim: its states, what is done to it, and what follows from what."""

from enum import StrEnum

from dispatch.domain.errors import IllegalTransition
from dispatch.language import N_


class ClaimState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    VERIFYING = "verifying"
    NEEDS_INFO = "needs_info"
    REJECTED = "rejected"
    APPROVED = "approved"
    APPROVED_PARTIAL = "approved_partial"
    WAIVED = "waived"
    PAID = "paid"
    POSTED = "posted"
    NETTED = "netted"
    SETTLED = "settled"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"
    DISPUTED = "disputed"

    @property
    def final(self) -> bool:
        """Nothing is done to it any more but by reversal."""
        return self in (ClaimState.REJECTED, ClaimState.CLOSED, ClaimState.WITHDRAWN, ClaimState.REVERSED)


class Deed(StrEnum):
    """What claims staff do to a claim."""

    SUBMIT = "submit"
    VERIFY = "verify"
    ASK_INFO = "ask_info"
    GIVE_INFO = "give_info"
    REJECT = "reject"
    APPROVE = "approve"
    PAY = "pay"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REVERSE = "reverse"
    DISPUTE = "dispute"
    RESOLVE = "resolve"


_S, _D = ClaimState, Deed
_BEFORE_PAYMENT = (
    _S.DRAFT, _S.SUBMITTED, _S.VERIFYING, _S.NEEDS_INFO, _S.APPROVED, _S.APPROVED_PARTIAL,
)  # fmt: skip
_AFTER_PAYMENT = (_S.WAIVED, _S.PAID, _S.POSTED, _S.NETTED, _S.SETTLED, _S.CLOSED)
BEFORE: dict[Deed, tuple[ClaimState, ...]] = {
    _D.SUBMIT: (_S.DRAFT,),
    _D.VERIFY: (_S.SUBMITTED,),
    _D.ASK_INFO: (_S.VERIFYING,),
    _D.GIVE_INFO: (_S.NEEDS_INFO,),
    _D.REJECT: (_S.VERIFYING,),
    _D.APPROVE: (_S.VERIFYING,),
    _D.PAY: (_S.APPROVED, _S.APPROVED_PARTIAL),
    _D.CLOSE: (_S.SETTLED,),
    _D.WITHDRAW: _BEFORE_PAYMENT,
    _D.REVERSE: (*_AFTER_PAYMENT, _S.DISPUTED),
    _D.DISPUTE: tuple(one for one in _AFTER_PAYMENT if one is not _S.CLOSED),
    _D.RESOLVE: (_S.DISPUTED,),
}
"""Deed -> the states it may be done in."""
DONE: dict[Deed, tuple[ClaimState, ...]] = {
    _D.SUBMIT: (_S.SUBMITTED,),
    _D.VERIFY: (_S.VERIFYING,),
    _D.ASK_INFO: (_S.NEEDS_INFO,),
    _D.REJECT: (_S.REJECTED,),
    _D.APPROVE: (_S.APPROVED, _S.APPROVED_PARTIAL, *_AFTER_PAYMENT),
    _D.PAY: _AFTER_PAYMENT,
    _D.CLOSE: (_S.CLOSED,),
    _D.WITHDRAW: (_S.WITHDRAWN,),
    _D.REVERSE: (_S.REVERSED,),
    _D.DISPUTE: (_S.DISPUTED,),
}
"""Deed -> the states in which it has been done already: doing it again changes nothing."""
NEEDS_REASON = frozenset({_D.ASK_INFO, _D.REJECT, _D.WITHDRAW, _D.REVERSE, _D.DISPUTE, _D.RESOLVE})

STATE_NAMES = {
    _S.DRAFT: N_("draft"),
    _S.SUBMITTED: N_("submitted"),
    _S.VERIFYING: N_("being verified"),
    _S.NEEDS_INFO: N_("information missing"),
    _S.REJECTED: N_("claim rejected"),
    _S.APPROVED: N_("claim approved"),
    _S.APPROVED_PARTIAL: N_("claim approved in part"),
    _S.WAIVED: N_("waived on the bill"),
    _S.PAID: N_("paid out"),
    _S.POSTED: N_("posted"),
    _S.NETTED: N_("netted"),
    _S.SETTLED: N_("settled"),
    _S.CLOSED: N_("claim closed"),
    _S.WITHDRAWN: N_("withdrawn"),
    _S.REVERSED: N_("claim reversed"),
    _S.DISPUTED: N_("disputed"),
}


DEED_NAMES = {
    _D.SUBMIT: N_("submit"),
    _D.VERIFY: N_("verify"),
    _D.ASK_INFO: N_("ask for information"),
    _D.GIVE_INFO: N_("information came"),
    _D.REJECT: N_("reject"),
    _D.APPROVE: N_("approve"),
    _D.PAY: N_("pay out"),
    _D.CLOSE: N_("close the claim"),
    _D.WITHDRAW: N_("withdraw"),
    _D.REVERSE: N_("reverse"),
    _D.DISPUTE: N_("dispute"),
    _D.RESOLVE: N_("resolve the dispute"),
}


def step_name(deed: str) -> str:
    """The sentence for what a step of a claim's history did: the state alone may stand twice in a row."""
    if deed in set(Deed):
        return DEED_NAMES[Deed(deed)]
    return N_("filed") if deed == "file" else N_("ledger")


def deeds_in(state: ClaimState) -> tuple[Deed, ...]:
    """What may be done now."""
    return tuple(deed for deed, states in BEFORE.items() if state in states)


def check(state: ClaimState, deed: Deed) -> None:
    """IllegalTransition names what may be done instead."""
    if state not in BEFORE[deed]:
        raise IllegalTransition(state.value, deed.value, tuple(one.value for one in deeds_in(state)))
