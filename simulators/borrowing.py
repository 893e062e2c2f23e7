"""Help from another city, as simulated dispatchers ask for it: first agreed, then ordered."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch.domain.aid import AidId, AidState
from dispatch.domain.geography import CityCode
from dispatch.domain.units import Unit, UnitId
from dispatch.feed import payloads
from simulators import words
from simulators.assumptions import DeskAssumptions
from simulators.commands import Commands
from simulators.decisions import Decisions
from simulators.engine import Agenda
from simulators.fleet import Ambulances
from simulators.keys import Keys
from simulators.messages import node_of
from simulators.scenes import Scene
from simulators.words import Words


@dataclass(slots=True)
class Loan:
    """One request of ours. `at_once`: its unit was on the way before this drill began."""

    aid: AidId
    scene: Scene
    borrower: CityCode
    lender: CityCode
    wanted: UnitId
    at_once: bool = False
    ordered: set[UnitId] = field(default_factory=set)
    over: bool = False


class Borrowing:
    """Every request for help that simulated dispatchers make; each is good for `answer_s`."""

    def __init__(
        self,
        assumed: DeskAssumptions,
        answer_s: float,
        agenda: Agenda,
        keys: Keys,
        fleet: Ambulances,
        commands: Commands,
        decisions: Decisions,
        say_words: Words,
    ) -> None:
        self.on_news: list[Callable[[Scene], None]] = []
        """Called when a city said no."""
        self._assumed, self._answer_s = assumed, answer_s
        self._agenda, self._keys, self._fleet = agenda, keys, fleet
        self._commands, self._decisions, self._words = commands, decisions, say_words
        self._loans: dict[AidId, Loan] = {}
        self._barred: dict[tuple[str, CityCode], int] = {}

    # --- what is under way ------------------------------------------------------------------------

    def coming(self, scene: Scene) -> int:
        """Units that are asked for and not ordered yet."""
        return sum(not one.over and not one.ordered for one in self._loans.values() if one.scene is scene)

    def wanted(self, unit: UnitId) -> bool:
        """Whether a unit is asked for already."""
        return any(loan.wanted == unit and not loan.over for loan in self._loans.values())

    def at_once(self, aid: str) -> bool:
        """Whether a request only repeats what was agreed before this drill began."""
        loan = self._loans.get(AidId(aid))
        return loan is not None and loan.at_once

    def barred(self, scene: Scene, city: CityCode) -> bool:
        """Whether a city has said no about a scene a short while ago."""
        return self._barred.get((scene.id, city), 0) > self._agenda.now_ms

    def forget(self) -> None:
        """Nothing is asked any more: the centres are others from now on."""
        self._loans.clear()
        self._barred.clear()

    # --- asking -----------------------------------------------------------------------------------

    def ask(self, scene: Scene, unit: Unit, *, at_once: bool = False) -> None:
        """Ask a unit's city for it; it is ordered when that city has named it."""
        if scene.record is None:
            return
        aid = AidId(self._keys.of(self._agenda.now_ms, "aid", scene.number, unit.id))
        loan = self._loans[aid] = Loan(aid, scene, scene.centre, unit.city, unit.id, at_once)
        asked = payloads.AidRequest(self._record(loan, scene.record), self._by)
        self._commands.send(scene.centre, unit.city, "aid.request", asked, aid, self._answered(loan))

    def _record(self, loan: Loan, record: payloads.IncidentRecord) -> payloads.AidRecord:
        now = self._agenda.now_ms
        return payloads.AidRecord(
            aid=loan.aid,
            kind="units",
            borrower=loan.borrower,
            node=node_of(loan.borrower),
            operator=self._by.operator,
            incident=record.incident,
            priority=record.priority,
            lat=record.lat,
            lon=record.lon,
            datum=record.datum,
            place=record.place,
            asked_at=now,
            answer_by=now + round(self._answer_s * 1000),
            state="requested",
            changed_at=now,
            patients=record.patients,
            needs=record.needs,
            chief_complaint=record.chief_complaint,
            wanted=[loan.wanted],
        )

    def _answered(self, loan: Loan) -> Callable[[payloads.Response], None]:
        def hear(response: payloads.Response) -> None:
            if not response.accepted:
                self._end(loan)

        return hear

    def hear(self, record: payloads.AidRecord) -> None:
        """What the lender's centre wrote about a request."""
        loan = self._loans.get(AidId(record.aid))
        if loan is None or loan.over:
            return
        if record.state in ("committed", "deployed"):
            for unit in [UnitId(name) for name in record.units]:
                if unit not in loan.ordered and unit in self._fleet.by_id:
                    loan.ordered.add(unit)
                    self._decisions.ask(loan.scene, self._fleet.by_id[unit].unit, loan.aid)
        elif AidState(record.state).final:
            self._end(loan)

    # --- giving up --------------------------------------------------------------------------------

    def drop(self, scene: Scene) -> None:
        """Nobody is wanted at a scene any more."""
        for loan in [one for one in self._loans.values() if one.scene is scene and not one.ordered]:
            self._take_back(loan)

    def give_back(self, aid: AidId) -> None:
        """A unit that was named could not be ordered."""
        loan = self._loans.get(aid)
        if loan is not None:
            self._take_back(loan)

    def _take_back(self, loan: Loan) -> None:
        if loan.over:
            return
        loan.over = True
        self._bar(loan)
        answer = payloads.AidAnswer(loan.aid, "cancel", self._by)
        key = self._keys.of(self._agenda.now_ms, "cancel", loan.aid)
        self._commands.send(loan.borrower, loan.lender, "aid.answer", answer, key)

    def _end(self, loan: Loan) -> None:
        loan.over = True
        if not loan.ordered:
            self._bar(loan)
            for told in self.on_news:
                told(loan.scene)

    def _bar(self, loan: Loan) -> None:
        until = self._agenda.now_ms + round(self._assumed.ask_again_s * 1000)
        self._barred[loan.scene.id, loan.lender] = until

    @property
    def _by(self) -> payloads.By:
        return payloads.By(self._words(words.COLLEAGUE), "dispatcher")
