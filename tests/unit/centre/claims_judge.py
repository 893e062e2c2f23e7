"""Claims under any order of messages, losses and repeats, and a judge that knows the rules by itself."""

import random
from collections import Counter, defaultdict
from datetime import date

from dispatch.centre.messages import Reply
from dispatch.claims.claim import ClaimId, QuotaEntry
from dispatch.claims.states import Deed, deeds_in
from dispatch.clock import from_epoch_ms
from dispatch.domain.geography import CityCode
from tests.unit.centre.centre_world import CHANGSHA, ZHUZHOU
from tests.unit.centre.claims_world import CITIES, DAY_MS, DONOR, OTHER, PAPERS, Claims, facts

DEEDS = (
    Deed.SUBMIT, Deed.VERIFY, Deed.APPROVE, Deed.APPROVE, Deed.PAY, Deed.PAY, Deed.WITHDRAW, Deed.REVERSE,
    Deed.DISPUTE, Deed.RESOLVE, Deed.CLOSE, Deed.REJECT, Deed.ASK_INFO, Deed.GIVE_INFO,
)  # fmt: skip
HOLDING = frozenset(
    ("approved", "approved_partial", "waived", "paid", "posted", "netted", "settled", "closed", "disputed")
)
BOUGHT = {"reserve": 1, "commit": 1, "release": 0, "reverse": 0}


class Broken(AssertionError):
    """The judge, or the database, has caught something."""


def live(world: Claims, city: CityCode = CHANGSHA) -> list[QuotaEntry]:
    """Reservations that stand, each with its last step read off the rows themselves."""
    rows = world.disk(city).connection.execute("SELECT body FROM quota_entries ORDER BY number").fetchall()
    first: dict[str, QuotaEntry] = {}
    last: dict[str, str] = {}
    for (body,) in rows:
        entry = QuotaEntry.model_validate_json(body)
        if entry.step in BOUGHT:
            last[entry.claim] = entry.step
        if entry.step == "reserve":
            first[entry.claim] = entry
    return [entry for claim, entry in first.items() if BOUGHT[last[claim]]]


def judge(world: Claims, given_ml: dict[str, int]) -> None:
    """Quota, lines and money add up; Broken says what does not. Hunan's rule is written out here anew."""
    disk, taken = world.disk(CHANGSHA), live(world)
    volume: Counter[tuple[str, str]] = Counter()
    for entry in taken:
        volume[entry.donors[0], entry.by] += entry.ml
    for (donor, by), ml in volume.items():
        gave = given_ml[donor]
        most = gave if by == "relatives" else gave * (3 if gave >= 600 else 2)
        if ml > most and not (by == "donor" and gave >= 900):
            raise Broken(f"{by} of {donor[-3:]} have {ml} mL of {most}")
    lines = Counter(line for entry in taken for line in entry.lines)
    if max(lines.values(), default=0) > 1:
        raise Broken(f"a line is claimed twice: {lines}")
    _judge_money(world, {entry.claim: entry for entry in taken})
    _judge_claims(world, {entry.claim: entry for entry in taken})
    if world.disk(CHANGSHA).connection.execute("SELECT count(*) FROM nettings").fetchone()[0]:
        for closed in disk.months():
            if sum(closed.nets.values()):
                raise Broken(f"the nets of {closed.month} are {closed.nets}")


def _judge_money(world: Claims, taken: dict[ClaimId, QuotaEntry]) -> None:
    disk = world.disk(CHANGSHA)
    owed: dict[str, int] = defaultdict(int)
    for line in (*disk.netted(), *disk.waiting()):
        owed[line.id.split("/")[0]] += line.fen if line.kind == "advance" else -line.fen
    for claim, fen in owed.items():
        steps = [entry.step for entry in disk.entries_of(ClaimId(claim)) if entry.step in BOUGHT]
        due = taken[ClaimId(claim)].fen if steps[-1] == "commit" else 0
        if fen != due:
            raise Broken(f"{claim} posted {fen} fen, not {due}")
    frozen = {
        claim
        for claim in owed
        if [one.step for one in disk.entries_of(ClaimId(claim)) if one.step in ("hold", "unhold", "reverse")][
            -1:
        ]
        == ["hold"]
    }
    fresh = {line.id.split("/")[0] for line in disk.netted() if line.month == getattr(world, "closed", "")}
    if frozen & fresh and getattr(world, "just_closed", False):
        raise Broken(f"{frozen & fresh} was netted in dispute")


def _judge_claims(world: Claims, taken: dict[ClaimId, QuotaEntry]) -> None:
    """No centre believes in money that the ledger has not set aside."""
    for city in CITIES:
        for claim in world.disk(city).claims():
            if claim.state.value in ("approved", "approved_partial", "waived", "paid", "posted", "netted"):
                entry = taken.get(claim.id)
                if entry is None or entry.home != city or entry.fen != claim.granted_fen:
                    raise Broken(f"{claim.id} is {claim.state} at {city} and the ledger holds {entry}")
            steps = [step.number for step in world.disk(city).history(claim.id)]
            if steps != list(range(1, len(steps) + 1)):
                raise Broken(f"the history of {claim.id} has the numbers {steps}")


def simulate(chance: random.Random, turns: int, world: Claims | None = None) -> Counter[str]:
    """Two donors, three centres, staff who do anything at any time; judged after every turn."""
    world = world or Claims()
    given_ml: Counter[str] = Counter()
    claims: list[tuple[CityCode, str]] = []
    seen: Counter[str] = Counter()
    for turn in range(turns):
        act = chance.choices(
            ("gave", "file", "deed", "deliver", "repeat", "late", "time", "net", "pay", "restart"),
            (2, 4, 20, 14, 2, 2, 2, 2, 1, 1),
        )[0]
        world.just_closed = False  # type: ignore[attr-defined]
        city = chance.choice(CITIES)
        replies: list[Reply] = []
        match act:
            case "gave" if sum(given_ml.values()) < 1500:
                donor, ml = chance.choice((DONOR, OTHER)), chance.choice((200, 300, 400))
                world.gave(ml, city, donor=donor, day=date(2025, 1, 1), id_=f"don-{turn}")
                given_ml[donor] += ml
            case "file":
                claim, by = f"c{turn}", chance.choice(("donor", "donor", "relatives"))
                what = facts(
                    chance.choice((200, 400, 800)), chance.choice((1, 99, 88_001)),
                    donor=chance.choice((DONOR, OTHER)), line=f"l{chance.randrange(12)}",
                    by=by, relation="spouse" if by == "relatives" else None, channel=chance.choice("ABC"),
                )  # fmt: skip
                world.ready(city, claim, what)
                claims.append((city, claim))
            case "deed" if claims:
                where, claim = chance.choice(claims[-8:])
                legal = deeds_in(world.claim(where, claim).state)
                deed = chance.choice(legal) if legal and chance.random() < 0.7 else chance.choice(DEEDS)
                if deed in (Deed.WITHDRAW, Deed.REJECT) and chance.random() < 0.6:
                    deed = Deed.APPROVE
                replies = [world.act(where, claim, deed, documents=PAPERS)]
            case "deliver" | "late" if world.waiting():
                sender, key, _to = chance.choice(world.waiting())
                world.deliver(sender, key, answer=act == "deliver")
            case "time":
                world.now_ms += chance.choice((1, 10, 31)) * DAY_MS
            case "net":
                last = from_epoch_ms(world.now_ms - 31 * DAY_MS)
                month = chance.choice((f"{last:%Y-%m}", f"{last:%Y-%m}", "2026-11", "2027-02"))
                before = {one.month for one in world.disk(CHANGSHA).months()}
                replies = [world.net(month)]
                if replies[0].accepted and month not in before:
                    world.closed, world.just_closed = month, True  # type: ignore[attr-defined]
            case "pay":
                replies = [
                    world.payment(one.payer, one.payee, month.month)
                    for month in world.disk(CHANGSHA).months()
                    for one in month.payments[:1]
                ]
            case "restart":
                world.restart(city)
        seen.update(one.code or "accepted" for one in replies)
        judge(world, given_ml)
    world.settle(chance)
    judge(world, given_ml)
    _judge_rest(world)
    return seen


def _judge_rest(world: Claims) -> None:
    """When every message has arrived, nothing is set aside for a claim that is over or was never granted."""
    for entry in live(world):
        claim = world.disk(entry.home).claim(entry.claim)
        if claim is None or claim.state.value not in HOLDING:
            raise Broken(f"{entry.ml} mL are set aside for {claim}")


def race(world: Claims, chance: random.Random) -> tuple[str, ...]:
    """Zhuzhou and Changsha approve a claim each on the last 400 mL at once; the states in the end."""
    world.gave(200, id_="don-1")
    for city, claim in ((CHANGSHA, "cs"), (ZHUZHOU, "zz")):
        world.ready(city, claim, facts(line=claim))
    acts = [(CHANGSHA, "cs"), (ZHUZHOU, "zz")] * 2
    chance.shuffle(acts)
    for city, claim in acts:
        world.act(city, claim, Deed.APPROVE)
        if chance.random() < 0.5:
            for sender, key, _to in world.waiting():
                world.deliver(sender, key, answer=chance.random() < 0.5)
        if chance.random() < 0.3:
            world.restart(chance.choice((CHANGSHA, ZHUZHOU)))
    world.settle(chance)
    return world.state(CHANGSHA, "cs"), world.state(ZHUZHOU, "zz")
