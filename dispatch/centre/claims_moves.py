"""The steps of one claim within one message, and what follows for it when its month is netted."""

import hashlib

from dispatch.centre.claims_changes import Ask, PutClaim
from dispatch.centre.draft import Draft
from dispatch.claims.claim import ClaimId, ClaimRecord, ClaimStep
from dispatch.claims.deeds import Saying, TellMonth
from dispatch.claims.states import ClaimState
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import By

CENTRE = "centre"
"""What the program of a centre is called on the wire."""


def put_ask(draft: Draft, city: CityCode, subject: str, said: Saying, by: By) -> None:
    """Have another centre told something until it answers.

    The key is made of who says what, and how often it was said before: no two centres can make the same one.
    """
    document = said.model_dump_json()
    before = draft.past.claims.asked(subject)
    made_of = f"{draft.city}|{city}|{subject}|{before}|{document}"
    key = hashlib.sha256(made_of.encode()).hexdigest()[:40]
    draft.claims.append(Ask(key, city, subject, document, by.model_dump_json()))


class Moves:
    """The steps of one claim within one message."""

    def __init__(self, draft: Draft, claim: ClaimRecord) -> None:
        self.draft, self.claim = draft, claim
        self.steps: list[ClaimStep] = []
        self._before = draft.past.claims.steps(claim.id)

    @property
    def number(self) -> int:
        """Of its newest step."""
        return self._before + len(self.steps)

    def change(self, **what: object) -> None:
        self.claim = self.claim.model_copy(update={**what, "changed_ms": self.draft.now_ms})

    def to(self, state: ClaimState, deed: str, by: str, reason: str = "", **what: object) -> "Moves":
        self.change(state=state, **what)
        step = ClaimStep(
            number=self.number + 1, at_ms=self.draft.now_ms, deed=deed, state=state, by=by, reason=reason
        )
        self.steps.append(step)
        return self

    def on(self, state: ClaimState) -> ClaimState:
        """What the ledger did; a disputed claim stays so, and will come back to it."""
        if self.claim.state is ClaimState.DISPUTED:
            self.to(ClaimState.DISPUTED, state.value, CENTRE, before=state)
        else:
            self.to(state, "ledger", CENTRE)
        return state

    def put(self, by: By | None) -> ClaimRecord:
        """Written with its steps and a row of the audit log for each."""
        self.draft.claims.append(PutClaim(self.claim, tuple(self.steps)))
        for step in self.steps:
            detail: dict[str, str | int] = {"state": step.state.value}
            if step.reason:
                detail["reason"] = step.reason
            if self.claim.granted_fen:
                detail |= {"ml": self.claim.granted_ml, "fen": self.claim.granted_fen}
            self.draft.note(f"claim.{step.deed}", None if step.by == CENTRE else by, self.claim.id, **detail)
        return self.claim


def hear_month(draft: Draft, said: TellMonth) -> None:
    """The month of these claims was netted, or is settled."""
    for id_ in said.claims:
        claim = draft.past.claims.claim(ClaimId(id_))
        if claim is None or claim.home != draft.city:
            continue
        moves = Moves(draft, claim)
        now = claim.before if claim.state is ClaimState.DISPUTED else claim.state
        if now in (ClaimState.WAIVED, ClaimState.PAID):  # the answer to its payment is still on its way
            now = moves.on(ClaimState.POSTED)
        if now is ClaimState.POSTED:
            moves.change(month=said.month)
            now = moves.on(ClaimState.NETTED)
        if now is ClaimState.NETTED and said.settled and moves.claim.month == said.month:
            moves.on(ClaimState.SETTLED)
        if moves.steps:
            moves.put(None)
