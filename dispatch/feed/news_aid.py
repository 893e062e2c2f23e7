"""What a city says about the requests for help that it received: one whole document."""

from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import Aid, AidId, AidKind, AidState
from dispatch.domain.datum import to_wgs84
from dispatch.domain.geography import CityCode, Datum, Position
from dispatch.domain.incidents import IncidentId, Priority
from dispatch.domain.units import UnitId
from dispatch.feed import payloads
from dispatch.feed.context import Context, ahead_s
from dispatch.feed.news_units import capabilities
from dispatch.feed.refusals import Refused
from dispatch.feed.transport import Received
from dispatch.text import safe_text


class AidNews:
    """Keeps the requests of each lender. A request that the document leaves out was over long ago.

    A request that this console sent and whose lender has not named it yet (REQUESTED) is not touched.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._said_ms: dict[CityCode, int] = {}

    def clock_set_back(self, now_ms: int) -> None:
        """Nothing that was heard is newer than now."""
        self._said_ms = {city: min(said_ms, now_ms) for city, said_ms in self._said_ms.items()}

    def snapshot(
        self, lender: CityCode, data: payloads.AidsSnapshot, said_ms: int, received: Received, latest_ms: int
    ) -> None:
        """Every request that a city received; a bad entry is left out, not the rest."""
        numbers = [entry.aid for entry in data.aids]
        if len(set(numbers)) != len(numbers):
            twice = next(number for number in numbers if numbers.count(number) > 1)
            raise Refused("duplicate_entry", subject=twice)
        if said_ms < self._said_ms.get(lender, 0):
            self._context.counters.late += 1
            return
        self._said_ms[lender] = said_ms
        self._context.counters.applied += 1
        for entry in data.aids:
            try:
                self._entry(lender, entry, latest_ms)
            except Refused as refusal:
                self._context.refuse(lender, received, refusal)
        self._drop(lender, frozenset(numbers))

    def _entry(self, lender: CityCode, entry: payloads.AidRecord, latest_ms: int) -> None:
        aids = self._context.picture.aids
        aid = aid_of(lender, entry)
        held = aids.get(aid.id)
        if held is not None and held.lender != lender:
            raise Refused("not_owner", subject=aid.id, owner=held.lender)
        if entry.borrower == lender or entry.borrower not in self._context.picture.cities:
            raise Refused("no_such_borrower", subject=aid.id, city=safe_text(entry.borrower, 64))
        newest = max(entry.asked_at, entry.changed_at)
        if newest > latest_ms:
            raise Refused("future", ahead_s=ahead_s(newest, latest_ms))
        self._context.check_prefix(aid.borrower, aid.incident)
        if aid.moved_to is not None:
            self._context.check_prefix(lender, aid.moved_to)
        for unit in (*aid.wanted, *aid.units, *aid.used, *aid.back, *aid.lost):
            self._check_unit(lender, unit)
        if aid != held:
            aids[aid.id] = aid
            self._context.picture.changes.mark("aid", aid.id)

    def _check_unit(self, lender: CityCode, unit: UnitId) -> None:
        """A city lends its own units only."""
        fleet = self._context.picture.fleet
        if unit not in fleet:
            self._context.check_prefix(lender, unit)
        elif (owner := fleet.units[fleet.row(unit)].city) != lender:
            raise Refused("not_owner", subject=unit, owner=owner)

    def _drop(self, lender: CityCode, named: frozenset[str]) -> None:
        picture = self._context.picture
        over = [
            aid.id
            for aid in picture.aids.values()
            if aid.lender == lender and aid.id not in named and aid.state is not AidState.REQUESTED
        ]
        for number in over:
            del picture.aids[number]
            picture.changes.mark("aid", number)


def aid_of(lender: CityCode, said: payloads.AidRecord) -> Aid:
    """A request for help as it stands on the wire; Refused for a need that does not exist."""
    lat, lon = to_wgs84(said.lat, said.lon, Datum(said.datum))
    return Aid(
        id=AidId(said.aid),
        kind=AidKind(said.kind),
        lender=lender,
        borrower=CityCode(said.borrower),
        node=said.node,
        operator=safe_text(said.operator, 64),
        incident=IncidentId(said.incident),
        priority=Priority(said.priority),
        position=Position(lat=lat, lon=lon),
        place=safe_text(said.place, 400),
        patients=said.patients,
        count=said.count,
        needs=capabilities(said.needs, said.aid),
        chief_complaint=safe_text(said.chief_complaint, 400),
        wanted=_units(said.wanted),
        asked_at=from_epoch_ms(said.asked_at),
        answer_by=from_epoch_ms(said.answer_by),
        good_until=None if said.good_until is None else from_epoch_ms(said.good_until),
        state=AidState(said.state),
        changed_at=from_epoch_ms(said.changed_at),
        claimed_by=safe_text(said.claimed_by, 120),
        answered_by=safe_text(said.answered_by, 120),
        rule=safe_text(said.rule),
        units=_units(said.units),
        used=_units(said.used),
        back=_units(said.back),
        lost=_units(said.lost),
        reason=safe_text(said.reason, 400),
        moved_to=None if said.moved_to is None else IncidentId(said.moved_to),
    )


def _units(said: list[str]) -> tuple[UnitId, ...]:
    return tuple(map(UnitId, said))
