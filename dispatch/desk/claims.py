"""Claims on blood fees at this desk: what its own centre tells of them, and what is done to them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from dispatch.claims.assess import WHY_NOT
from dispatch.claims.claim import ClaimId, ClaimRow, ClaimStep
from dispatch.claims.deeds import ActOnClaim, LookAtClaim, LookAtClaims, Saying
from dispatch.claims.states import DEED_NAMES, Deed
from dispatch.desk.outcome import Outcome, outcome_of
from dispatch.desk.part import Kit, Part
from dispatch.desk.records import by_payload
from dispatch.desk.refusal_words import refusal_text
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import Right
from dispatch.feed import payloads
from dispatch.feed.outbox import CommandResult
from dispatch.language import _

WITHIN_S = 5.0
MOST = 200
"""Claims that are not over, of which so many are shown."""


class Claims(Part):
    """Nothing of it lies at this console: it is asked for while somebody looks, and forgotten at sign-out."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.rows: Sequence[ClaimRow] = ()
        self.total = 0
        self.heard_at: datetime | None = None
        self.trouble = ""
        """Why the rows are not of now, as one sentence."""
        self.facts: Mapping[str, str | int] = {}
        self.steps: Sequence[ClaimStep] = ()
        self.shown = ""

    def forget(self) -> None:
        """Whoever sits here now must not see what the last one saw."""
        self.rows, self.total, self.heard_at, self.facts, self.steps, self.shown = (), 0, None, {}, (), ""

    async def refresh(self) -> None:
        """Ask the centre for all that is not over; what cannot be had is said in `trouble`."""
        if self.may(Right.CLAIMS):
            self.forget()
            return
        rows: list[ClaimRow] = []
        total = 1
        while len(rows) < min(total, MOST):
            result = await self._say(LookAtClaims(skip=len(rows)))
            if not result.accepted:
                why = (
                    refusal_text(self.configuration, result.code, result.facts, result.reason)
                    if result.answered
                    else result.reason
                )
                self.trouble = why or _("the centre does not tell its claims")
                return
            page = [
                ClaimRow.model_validate_json(str(said))
                for name, said in sorted(result.facts.items())
                if name.startswith("row")
            ]
            rows, total = [*rows, *page], int(result.facts["total"])
            if not page:
                break
        self.rows, self.total, self.trouble, self.heard_at = rows, total, "", self.clock.now()

    async def look(self, claim: str) -> bool:
        """Ask for one in full; whether the centre told of it."""
        if self.may(Right.CLAIMS) or not claim:
            return False
        result = await self._say(LookAtClaim(claim=ClaimId(claim)))
        if result.accepted:
            self.facts, self.shown = result.facts, claim
            self.steps = [
                ClaimStep.model_validate_json(str(said))
                for name, said in sorted(result.facts.items())
                if name.startswith("step")
            ]
        return result.accepted

    @property
    def why(self) -> str:
        """What the ledger would not about the claim that is shown, as one sentence."""
        code = ClaimRow.model_validate_json(str(self.facts["row"])).trouble if self.facts else ""
        if not code or code in WHY_NOT:
            return _(WHY_NOT[code]) if code else ""
        why = refusal_text(self.configuration, code, json.loads(str(self.facts["why"])), code)
        return _("the ledger would not: {why}", why=why)

    async def act(
        self, claim: str, deed: Deed, reason: str = "", documents: Sequence[str] = (), reference: str = ""
    ) -> Outcome:
        """Have the centre do something to a claim; NotAllowed for whoever may not."""
        by = self.demand(Right.CLAIMS)
        try:
            said = ActOnClaim(
                claim=ClaimId(claim),
                deed=deed,
                reason=reason,
                documents=tuple(documents),
                reference=reference,
            )
        except ValidationError as error:
            problem = str(error.errors(include_url=False, include_input=False)[0]["msg"])
            raise DispatchError(problem.removeprefix("Value error, ")) from None
        payload = payloads.ClaimsSay(said.model_dump_json(), by_payload(by))
        result = await self.command(self.home_city, "claims.say", payload, f"claim.{deed.value}", claim)
        done = _("{claim}: {deed}, done", claim=claim, deed=_(DEED_NAMES[deed]))
        silent = _("the centre has not answered: look again before it is done anew")
        outcome = outcome_of(self.configuration, result, done, silent)
        waits = result.facts.get("waits")
        if outcome.ok and waits:
            city = self.city_name(CityCode(str(waits)))
            asked = _("the ledger at {city} has not answered yet: the claim waits for it", city=city)
            return Outcome(ok=True, message=asked)
        return outcome

    async def _say(self, said: Saying) -> CommandResult:
        payload = payloads.ClaimsSay(said.model_dump_json(), by_payload(self.by))
        return await self.kit.outbox.send(self.home_city, "claims.say", payload, expires_s=WITHIN_S)
