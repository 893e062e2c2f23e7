"""The real database beside the same code in memory: whatever is heard in whatever order, they are twins.

Between any two messages the file may be closed and opened again, and the disk may be full: then nothing is
decided, and nothing of it is ever seen.
"""

import shutil
import sqlite3
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dispatch.audit.verify import verify
from dispatch.centre.messages import (
    AnswerAid,
    AskAid,
    Cancel,
    Commit,
    Input,
    OpenIncident,
    Query,
    Radioed,
    Report,
    Request,
    Said,
    SetUnit,
    Tick,
    UnitSaid,
)
from dispatch.centre.reading import CentreUnavailable
from dispatch.clock import from_epoch_ms
from dispatch.domain.aid import Aid, AidAct, AidId
from dispatch.domain.incidents import Incident, IncidentId, Priority
from dispatch.domain.orders import Asker, Job, RequestId, Token
from dispatch.domain.units import StateSource, UnitId, UnitState
from tests.chaos.disks import MemoryDisk
from tests.chaos.places import CHANGSHA, HERE, HOSPITAL, LI, UNITS, ZHUZHOU
from tests.chaos.store_disk import StoreDisk
from tests.chaos.world import BEGIN_MS

_unit = st.sampled_from(UNITS[CHANGSHA])
_request = st.builds(RequestId, st.sampled_from([f"r{n}" for n in range(5)]))
_asker = st.sampled_from(
    [Asker(CHANGSHA, "console-1"), Asker(CHANGSHA, "console-2"), Asker(ZHUZHOU, "console-1")]
)
_key = st.sampled_from([f"k{n}" for n in range(8)])
_aid = st.builds(AidId, st.sampled_from(["a1", "a2"]))
_incident = st.builds(IncidentId, st.sampled_from(["CS-1124-1001", "ZZ-1124-1001"]))


def _job(incident: IncidentId) -> Job:
    return Job(incident=incident, priority=Priority.URGENT, position=HERE, place="Wuyi Square")


class TwinCentres(RuleBasedStateMachine):
    """Every rule is one thing that a centre hears."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="czt-twins-"))
        self.now_ms = BEGIN_MS
        self.memory = MemoryDisk(CHANGSHA, BEGIN_MS)
        self.store = StoreDisk(self.folder / "centre.db", CHANGSHA)
        self._open()

    def _open(self) -> None:
        self.store.open(self.now_ms, epoch_grows=True)
        self.memory.open(self.now_ms, epoch_grows=True)
        assert self.store.store is not None
        self.memory.book.last_token = self.store.store.last_token

    def _hear(self, said: Input) -> None:
        _draft, kept = self.memory.take(said, self.now_ms, lambda _draft: True)
        _draft, stored = self.store.take(said, self.now_ms, lambda _draft: True)
        assert kept == stored

    # --- orders -----------------------------------------------------------------------------------

    @rule(
        request=_request,
        unit=_unit,
        asker=_asker,
        incident=_incident,
        aid=st.none() | _aid,
        late=st.booleans(),
    )
    def asks(
        self,
        request: RequestId,
        unit: UnitId,
        asker: Asker,
        incident: IncidentId,
        aid: AidId | None,
        late: bool,
    ) -> None:
        until = self.now_ms + (-1 if late else 60_000)
        self._hear(Request(request, unit, asker, "op", _job(incident), until, aid))

    def _token(self, request: RequestId) -> Token:
        order = self.memory.book.order(request)
        return Token(1, 1) if order is None else order.token

    @rule(request=_request, unit=_unit, asker=_asker, right=st.booleans())
    def commits(self, request: RequestId, unit: UnitId, asker: Asker, right: bool) -> None:
        token = self._token(request) if right else Token(1, 1)
        self._hear(Commit(request, self._of(request, unit), asker, "op", token))

    @rule(request=_request, unit=_unit, asker=_asker)
    def takes_back(self, request: RequestId, unit: UnitId, asker: Asker) -> None:
        self._hear(Cancel(request, self._of(request, unit), asker, "op"))

    @rule(request=_request, unit=_unit, asker=_asker)
    def asks_what_became(self, request: RequestId, unit: UnitId, asker: Asker) -> None:
        self._hear(Query(request, self._of(request, unit), asker))

    @rule(request=_request, unit=_unit, said=st.sampled_from(list(Said)), refused=st.booleans())
    def reports(self, request: RequestId, unit: UnitId, said: Said, refused: bool) -> None:
        ending = "" if said is not Said.DONE else "crew_refused" if refused else "completed"
        hospital = HOSPITAL if said is Said.TAKING_TO else ""
        self._hear(Report(self._of(request, unit), request, self._token(request), said, ending, hospital))

    @rule(request=_request, unit=_unit, asker=_asker, said=st.sampled_from(list(Said)))
    def says_by_radio(self, request: RequestId, unit: UnitId, asker: Asker, said: Said) -> None:
        ending = "completed" if said is Said.DONE else ""
        self._hear(Radioed(request, self._of(request, unit), asker, "op", said, ending))

    def _of(self, request: RequestId, unit: UnitId) -> UnitId:
        """Mostly the unit that the request is about."""
        order = self.memory.book.order(request)
        return unit if order is None else order.unit

    # --- units, incidents, help -------------------------------------------------------------------

    @rule(unit=_unit, ahead=st.integers(0, 2), state=st.sampled_from(list(UnitState)), on_task=st.booleans())
    def vehicle_says(self, unit: UnitId, ahead: int, state: UnitState, on_task: bool) -> None:
        duty = self.memory.state.duties[unit]
        task = duty.status.task if on_task else None
        request = None if task is None else RequestId(task)
        self._hear(
            UnitSaid(
                unit, duty.heard + ahead, state, self.now_ms - 500, StateSource.TERMINAL, request, HOSPITAL,
                "flat tyre", 1,
            )
        )  # fmt: skip

    @rule(key=_key, asker=_asker, unit=_unit, state=st.sampled_from(list(UnitState)))
    def desk_sets(self, key: str, asker: Asker, unit: UnitId, state: UnitState) -> None:
        task = self.memory.state.duties[unit].status.task
        request = None if task is None else RequestId(task)
        self._hear(SetUnit(key, asker, LI, unit, state, self.now_ms, HOSPITAL, "refuelling", request))

    @rule(key=_key, asker=_asker, number=_incident, patients=st.integers(1, 3))
    def opens(self, key: str, asker: Asker, number: IncidentId, patients: int) -> None:
        incident = Incident(
            id=number, city=CHANGSHA, position=HERE, place="Wuyi Square", priority=Priority.URGENT,
            patients=patients, opened_at=from_epoch_ms(self.now_ms),
        )  # fmt: skip
        self._hear(OpenIncident(key, asker, LI, incident))

    @rule(key=_key, aid=_aid, count=st.integers(1, 2))
    def neighbour_asks(self, key: str, aid: AidId, count: int) -> None:
        asked = Aid(
            id=aid, lender=CHANGSHA, borrower=ZHUZHOU, node="console-1", operator="op",
            incident=IncidentId("ZZ-1124-1001"), priority=Priority.URGENT, position=HERE, place="Lukou",
            count=count, asked_at=from_epoch_ms(self.now_ms), answer_by=from_epoch_ms(self.now_ms + 40_000),
            changed_at=from_epoch_ms(self.now_ms),
        )  # fmt: skip
        self._hear(AskAid(key, Asker(ZHUZHOU, "console-1"), LI, asked))

    @rule(
        key=_key, asker=_asker, aid=_aid, act=st.sampled_from(list(AidAct)), units=st.lists(_unit, max_size=2)
    )
    def answers(self, key: str, asker: Asker, aid: AidId, act: AidAct, units: list[UnitId]) -> None:
        self._hear(AnswerAid(key, asker, LI, aid, act, tuple(units), "chance"))

    # --- time and trouble -------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.2, 1, 5, 31, 90]))
    def time_goes_by(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)
        self._hear(Tick())

    @rule()
    def starts_again(self) -> None:
        self._open()

    @rule(request=_request, unit=_unit, asker=_asker)
    def the_disk_is_full(self, request: RequestId, unit: UnitId, asker: Asker) -> None:
        """Whatever would have been decided is not, and the centre knows what it knew."""
        assert self.store.store is not None
        connection = self.store.store._connection
        connection.execute("PRAGMA query_only = ON")
        try:
            said = Request(request, unit, asker, "op", _job(IncidentId("CS-1124-1001")), self.now_ms + 9_000)
            self.store.take(said, self.now_ms, lambda _draft: True)
        except CentreUnavailable:
            pass
        else:
            assert self.memory.book.order(request) is not None, "nothing was to be written"
        finally:
            connection.execute("PRAGMA query_only = OFF")

    # --- what is always so ------------------------------------------------------------------------

    @invariant()
    def they_know_the_same(self) -> None:
        store = self.store.store
        assert store is not None
        assert {order.request: order for order in store.held()} == {
            order.request: order for order in self.memory.book.held()
        }
        for request, order in self.memory.book.orders.items():
            assert store.order(request) == order
        mine, theirs = self.memory.state, store.state
        assert theirs.duties == mine.duties
        assert theirs.incidents == mine.incidents
        assert theirs.timelines == mine.timelines
        assert theirs.aids == mine.aids
        assert theirs.alarms == mine.alarms
        assert self.store.pending() == self.memory.pending()

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            path = self.folder / "centre.db"
            assert verify(path).ok
            with sqlite3.connect(path) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            connection.close()
            shutil.rmtree(self.folder)


TestTwinCentres = TwinCentres.TestCase
TestTwinCentres.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
