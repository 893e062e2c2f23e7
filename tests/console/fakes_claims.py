"""Claims of a desk that has them: some in each state that staff meet, one of them in full."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from dispatch.claims.claim import ClaimId, ClaimRow, ClaimStep
from dispatch.claims.states import ClaimState, Deed
from dispatch.clock import epoch_ms
from tests.console.fakes_life import FakeOutcome

CLERK = "he.fang@console-3"


class FakeClaims:
    """Satisfies dispatch.console.ports.ClaimsView."""

    def __init__(self, now: datetime) -> None:
        self.rows: Sequence[ClaimRow] = ()
        self.total, self.heard_at, self.trouble, self.why, self.shown = 0, now, "", "", ""
        self.facts: Mapping[str, str | int] = {}
        self.steps: Sequence[ClaimStep] = ()
        self.references: list[str] = []
        self.acts: list[tuple[str, Deed, str, tuple[str, ...]]] = []
        self.known = {row.id: row for row in _rows(now)}
        self._now = now

    async def refresh(self) -> None:
        self.rows = list(self.known.values())
        self.total = len(self.rows)

    async def look(self, claim: str) -> bool:
        row = self.known.get(ClaimId(claim))
        if row is None:
            return False
        self.shown = claim
        self.why = "用血明细 20261101 已由 ZZ-0007 申报" if row.trouble else ""
        granted = row.state in (ClaimState.APPROVED, ClaimState.POSTED)
        self.facts = {
            "row": row.model_dump_json(), "by": "relatives", "relation": "spouse", "hospital": "湘雅二医院",
            "used_on": "2026-11-02", "donor": "k7e487d1f:8dfe434", "lines": 2, "claimed_ml": row.ml,
            "claimed_fen": row.fen, "documents": "identity,invoice", "policy": "hunan-2026",
            "liable": "changsha:58667,zhuzhou:29333" if granted else "", "next": "approve,reject,ask_info",
        }  # fmt: skip
        done = (
            ("file", ClaimState.DRAFT),
            ("submit", ClaimState.SUBMITTED),
            ("verify", ClaimState.VERIFYING),
            ("approve", ClaimState.VERIFYING),
        )
        self.steps = [
            ClaimStep(
                number=at, at_ms=row.filed_ms + at * 600_000, deed=deed, state=state, by="he.fang@console-3"
            )
            for at, (deed, state) in enumerate(done, start=1)
        ]
        return True

    async def act(
        self, claim: str, deed: Deed, reason: str = "", documents: Sequence[str] = (), reference: str = ""
    ) -> FakeOutcome:
        self.acts.append((claim, deed, reason or reference, tuple(documents)))
        self.references.append(reference)
        return FakeOutcome(True, f"{claim} {deed.value}")


def _rows(now: datetime) -> list[ClaimRow]:
    said = [
        ("CS-0012", "submitted", "B", 400, 88_000, 2), ("CS-0009", "submitted", "A", 800, 176_000, 30),
        ("CS-0007", "verifying", "C", 1200, 264_000, 5), ("CS-0005", "needs_info", "B", 200, 44_000, 90),
        ("CS-0004", "disputed", "B", 400, 88_000, 200), ("CS-0003", "approved", "B", 400, 88_000, 3),
        ("CS-0002", "posted", "A", 400, 88_000, 400), ("CS-0001", "settled", "B", 600, 1_320_000, 900),
        ("CS-0011", "verifying", "B", 400, 88_000, 1),
    ]  # fmt: skip
    return [
        ClaimRow(
            id=ClaimId(id_), state=ClaimState(state), channel=channel, name="张**", ml=ml, fen=fen,
            filed_ms=epoch_ms(now - timedelta(hours=hours + 5)),
            changed_ms=epoch_ms(now - timedelta(hours=hours)),
            waits="reserve" if id_ == "CS-0011" else "", trouble="line_claimed" if id_ == "CS-0007" else "",
        )
        for id_, state, channel, ml, fen, hours in said
    ]  # fmt: skip
