"""Three real centres with claims, one of them with the ledger; messages travel as a test says."""

import random
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path

from dispatch.centre.claims_disk import ClaimsDisk
from dispatch.centre.memory import MemoryCentre
from dispatch.centre.messages import ClaimAnswered, ClaimSaid, Input, Reply
from dispatch.centre.rules import CentreRules
from dispatch.centre.store import Store
from dispatch.claims.assess import UseLine
from dispatch.claims.claim import ClaimFacts, ClaimId, ClaimRecord
from dispatch.claims.deeds import (
    SAYING,
    ActOnClaim,
    CloseMonth,
    FileClaim,
    NotePayment,
    Saying,
    TellDonation,
)
from dispatch.claims.donors import DonorId
from dispatch.claims.quota import Donation
from dispatch.claims.states import Deed
from dispatch.domain.geography import CityCode
from dispatch.domain.operators import By, Right, Rights, Role
from dispatch.domain.orders import Asker
from dispatch.settings.claims import load_claim_rules
from tests.unit.centre.centre_world import ALARMS, CHANGSHA, LENDING, PREFIXES, XIANGTAN, ZHUZHOU

START_MS = 1_793_491_200_000  # 2026-11-01 00:00 UTC
DAY_MS = 86_400_000
MONTH = "2026-11"
CITIES = (CHANGSHA, ZHUZHOU, XIANGTAN)
HE = By(operator="he", role=Role.CLAIMS_STAFF)
DONOR = DonorId(f"k00000001:{'a' * 40}")
OTHER = DonorId(f"k00000001:{'b' * 40}")
USED_ON = date(2026, 1, 5)
PAPERS = ("identity", "invoice", "relation")
RULES = load_claim_rules()


def claims_rules() -> CentreRules:
    rights = Rights(
        edition="test",
        roles={Role.CLAIMS_STAFF: frozenset({Right.CLAIMS}), Role.DISPATCHER: frozenset({Right.ORDER})},
    )
    return CentreRules(lending=LENDING, alarms=ALARMS, rights=rights, prefixes=PREFIXES, claims=RULES)


def facts(
    ml: int = 400, fen: int = 88_000, *, donor: DonorId = DONOR, line: str = "", **what: object
) -> ClaimFacts:
    lines = (UseLine(id=line or "inv-1/1", ml=ml, fen=fen),)
    said = {
        "channel": "B", "donors": (donor,), "by": "donor", "hospital": "XIANGYA",
        "used_on": USED_ON, "lines": lines,
    }  # fmt: skip
    return ClaimFacts.model_validate({**said, **what})


@dataclass
class Claims:
    """The centres, and the messages between them that have not arrived."""

    folder: Path | None = None
    now_ms: int = START_MS
    centres: dict[CityCode, MemoryCentre | Store] = field(default_factory=dict)
    keys: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        for city in CITIES:
            self.start(city)

    def start(self, city: CityCode) -> None:
        if self.folder is None:
            self.centres[city] = MemoryCentre(city, (), claims_rules(), now_ms=self.now_ms, drill=False)
        else:
            path = self.folder / f"{city}.db"
            self.centres[city] = store = Store.open(
                path, city=city, node="centre", units=(), rules=claims_rules(), now_ms=self.now_ms
            )
            store._connection.execute("PRAGMA synchronous = OFF")

    def restart(self, city: CityCode) -> None:
        centre = self.centres[city]
        if isinstance(centre, Store):
            centre.close()
            self.start(city)

    def close(self) -> None:
        for centre in self.centres.values():
            if isinstance(centre, Store):
                centre.close()

    def disk(self, city: CityCode) -> ClaimsDisk:
        centre = self.centres[city]
        return centre._past.claims if isinstance(centre, Store) else centre._over.claims

    # --- saying ---

    def take(self, city: CityCode, said: Input) -> list[Reply]:
        effects = self.centres[city].take([said], self.now_ms)
        return [one for one in effects if isinstance(one, Reply)]

    def say(
        self,
        city: CityCode,
        said: Saying,
        *,
        by: CityCode | None = None,
        who: By = HE,
        node: str = "claims-1",
        key: str = "",
    ) -> Reply:
        asker = Asker(by or city, node)
        (reply,) = self.take(city, ClaimSaid(key or f"key-{next(self.keys)}", asker, who, said))
        return reply

    def gave(
        self, ml: int, centre: CityCode = CHANGSHA, *, donor: DonorId = DONOR, day: date = date(2025, 5, 1),
        id_: str = "",
    ) -> None:  # fmt: skip
        donation = Donation(day=day, centre=centre, province="430000", kind="whole_blood", ml=ml)
        reply = self.say(
            centre, TellDonation(id=id_ or f"don-{next(self.keys)}", donors=(donor,), donation=donation)
        )
        assert reply.accepted, reply
        self.settle()

    def file(self, city: CityCode, claim: str, what: ClaimFacts | None = None) -> Reply:
        return self.say(city, FileClaim(claim=ClaimId(claim), facts=what or facts()))

    def act(self, city: CityCode, claim: str, deed: Deed, **how: object) -> Reply:
        said = {"claim": claim, "deed": deed, "reason": "because", **how}
        by = how.pop("by", None)
        said.pop("by", None)
        return self.say(city, ActOnClaim.model_validate(said), by=by)  # type: ignore[arg-type]

    def ready(self, city: CityCode, claim: str, what: ClaimFacts | None = None) -> None:
        """Filed, submitted with its papers and being verified."""
        for reply in (
            self.file(city, claim, what),
            self.act(city, claim, Deed.SUBMIT, documents=PAPERS),
            self.act(city, claim, Deed.VERIFY),
        ):
            assert reply.accepted, reply

    def paid(self, city: CityCode, claim: str, what: ClaimFacts | None = None) -> ClaimRecord:
        """All the way to the journal."""
        self.ready(city, claim, what)
        assert self.act(city, claim, Deed.APPROVE).accepted
        self.settle()
        assert self.act(city, claim, Deed.PAY).accepted
        self.settle()
        return self.claim(city, claim)

    def net(self, month: str = MONTH) -> Reply:
        return self.say(CHANGSHA, CloseMonth(month=month))

    def payment(self, payer: CityCode, payee: CityCode, month: str = MONTH, reference: str = "b-1") -> Reply:
        said = NotePayment(month=month, payer=payer, payee=payee, reference=reference)
        return self.say(CHANGSHA, said, by=payee)

    # --- between the centres ---

    def waiting(self) -> list[tuple[CityCode, str, CityCode]]:
        """What has not been answered: who asks, its key, whom."""
        return [(city, ask.key, CityCode(ask.city)) for city in CITIES for ask in self.disk(city).asks()]

    def deliver(self, city: CityCode, key: str, *, answer: bool = True) -> None:
        """One message arrives; `answer`: so does what is said to it."""
        ask = self.disk(city).ask(key)
        if ask is None:
            return
        said = ClaimSaid(
            key, Asker(city, "centre"), By.model_validate_json(ask.by), SAYING.validate_json(ask.said)
        )
        (reply,) = self.take(CityCode(ask.city), said)
        if answer:
            self.answer(city, CityCode(ask.city), reply)

    def answer(self, city: CityCode, by: CityCode, reply: Reply) -> None:
        self.take(city, ClaimAnswered(reply.key, by, reply.accepted, reply.code, reply.facts))

    def settle(self, chance: random.Random | None = None) -> None:
        """Until nothing waits; with `chance` in any order, some lost, some twice."""
        for _turn in range(10_000):
            waiting = self.waiting()
            if not waiting:
                return
            if chance is None:
                for city, key, _to in waiting:
                    self.deliver(city, key)
            else:
                city, key, _to = chance.choice(waiting)
                self.deliver(city, key, answer=chance.random() < 0.6)
        raise AssertionError(f"it never comes to rest: {self.waiting()}")

    # --- looking ---

    def claim(self, city: CityCode, claim: str) -> ClaimRecord:
        found = self.disk(city).claim(ClaimId(claim))
        assert found is not None
        return found

    def state(self, city: CityCode, claim: str) -> str:
        return self.claim(city, claim).state.value
