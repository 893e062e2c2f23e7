"""Lending under any order of events: no unit is promised twice, and all that was lent comes back once."""

from collections import Counter

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dispatch.centre.messages import Said
from dispatch.centre.rules import StandingRule
from dispatch.domain.aid import AID_NEXT, AidAct, AidKind, AidState
from dispatch.domain.geography import CityCode
from dispatch.domain.orders import OrderState, RequestId
from dispatch.domain.units import UnitState
from tests.unit.centre.centre_world import CHANGSHA, PREFIXES, XIANGTAN, ZHUZHOU, City, rules

UNITS = ("CS-001", "CS-002", "CS-003", "CS-004")
AGREED = StandingRule(lender=CHANGSHA, borrower=XIANGTAN, mode="automatic", most_at_once=1)
a_unit = st.sampled_from(UNITS)
some_units = st.lists(a_unit, max_size=3, unique=True).map(tuple)
a_borrower = st.sampled_from((ZHUZHOU, XIANGTAN))
any_city = st.sampled_from((CHANGSHA, ZHUZHOU, XIANGTAN))
an_ending = st.sampled_from(("completed", "aborted", "nobody_to_carry", "crew_refused"))


def reachable(state: AidState) -> frozenset[AidState]:
    """Every state that may come after one, in however many steps."""
    found: frozenset[AidState] = frozenset({state})
    while True:
        more = found.union(*(AID_NEXT[one] for one in found))
        if more == found:
            return found
        found = more


class Lending(RuleBasedStateMachine):
    """Two neighbours ask one city, which needs its units too."""

    def __init__(self) -> None:
        super().__init__()
        self.city = City(units=len(UNITS), centre_rules=rules(AGREED))
        self.asked = 0
        self.states: dict[str, AidState] = {}
        self.releases: Counter[str] = Counter()

    @rule(
        borrower=a_borrower, units=st.integers(1, 2), wanted=some_units, whole=st.sampled_from((0, 0, 0, 1))
    )
    def ask(self, borrower: CityCode, units: int, wanted: tuple[str, ...], whole: int) -> None:
        kind = AidKind.INCIDENT if whole else AidKind.UNITS
        self.asked += 1
        self.city.ask(f"a{self.asked}", borrower=borrower, units=units, wanted=wanted, kind=kind)

    @precondition(lambda self: self.city.state.aids)
    @rule(data=st.data(), act=st.sampled_from(AidAct), by=any_city, units=some_units)
    def answer(self, data: st.DataObject, act: AidAct, by: CityCode, units: tuple[str, ...]) -> None:
        aid = data.draw(st.sampled_from(sorted(self.city.state.aids)))
        self.city.answer(act, *units, aid=aid, by=by, reason="because")

    @precondition(lambda self: self.city.state.open_aids())
    @rule(data=st.data(), act=st.sampled_from((AidAct.RELEASE, AidAct.CANCEL)), lender=st.booleans())
    def take_back(self, data: st.DataObject, act: AidAct, lender: bool) -> None:
        aid = data.draw(st.sampled_from(list(self.city.state.open_aids())))
        self.city.answer(act, *aid.out[:1], aid=aid.id, by=CHANGSHA if lender else aid.borrower)

    @precondition(lambda self: self.city.state.open_aids())
    @rule(data=st.data(), units=st.lists(a_unit, min_size=1, max_size=2, unique=True))
    def name_units(self, data: st.DataObject, units: list[str]) -> None:
        aid = data.draw(st.sampled_from([one.id for one in self.city.state.open_aids()]))
        self.city.answer(AidAct.COMMIT, *units, aid=aid)

    @rule(unit=a_unit, commit=st.booleans())
    def its_own_city_orders(self, unit: str, commit: bool) -> None:
        self.reserve(unit, "CS-1124-1001", CHANGSHA, None, commit)

    @precondition(lambda self: self.city.state.aids)
    @rule(data=st.data(), unit=a_unit, stray=st.none() | a_borrower, commit=st.booleans())
    def a_neighbour_orders(
        self, data: st.DataObject, unit: str, stray: CityCode | None, commit: bool
    ) -> None:
        """Any unit, under any request, perhaps of another city."""
        aid = data.draw(st.sampled_from(list(self.city.state.aids.values())))
        by = stray or aid.borrower
        self.reserve(unit, f"{PREFIXES[by]}-1124-1001", by, aid.id, commit)

    def reserve(self, unit: str, number: str, by: CityCode, aid: str | None, commit: bool) -> None:
        request = self.city.request(unit, number, by=by, aid=aid)
        if commit and self.city.order(request).state is OrderState.RESERVED:
            self.city.commit(request)

    @precondition(lambda self: any(aid.out for aid in self.city.state.open_aids()))
    @rule(data=st.data(), commit=st.booleans())
    def order_what_was_lent(self, data: st.DataObject, commit: bool) -> None:
        aid = data.draw(st.sampled_from([one for one in self.city.state.open_aids() if one.out]))
        for unit in aid.out:
            self.reserve(unit, aid.incident, aid.borrower, aid.id, commit)

    @rule(
        unit=a_unit,
        ending=an_ending,
        deed=st.sampled_from(("acknowledge", "done", "cancel", "stood_down", "commit")),
    )
    def crew(self, unit: str, ending: str, deed: str) -> None:
        request = self.city.centre.book.holders.get(unit)  # type: ignore[call-overload]
        if request is None:
            return
        match deed:
            case "acknowledge":
                self.city.acknowledge(RequestId(request))
            case "done":
                self.city.done(RequestId(request), ending)
            case "cancel":
                self.city.cancel(RequestId(request))
            case "stood_down":
                self.city.report(RequestId(request), Said.STOOD_DOWN)
            case "commit":
                self.city.commit(RequestId(request))

    @rule(unit=a_unit, state=st.sampled_from((UnitState.OUT_OF_SERVICE, UnitState.AVAILABLE_AT_STATION)))
    def desk_sets(self, unit: str, state: UnitState) -> None:
        self.city.set_state(unit, state, reason="engine")

    @rule(seconds=st.sampled_from((1, 20, 45, 130)))
    def time(self, seconds: int) -> None:
        self.city.wait(seconds)

    @invariant()
    def no_unit_is_promised_twice(self) -> None:
        promised = Counter(unit for aid in self.city.state.open_aids() for unit in aid.out)
        assert max(promised.values(), default=0) <= 1

    @invariant()
    def what_its_own_city_orders_is_promised_to_nobody(self) -> None:
        own = {order.unit for order in self.city.centre.book.held() if order.asker.city == CHANGSHA}
        assert not own & {unit for aid in self.city.state.open_aids() for unit in aid.out}

    @invariant()
    def a_request_only_goes_on(self) -> None:
        for aid in self.city.state.aids.values():
            before = self.states.get(aid.id)
            if before is not None:
                assert aid.state in reachable(before), f"{before} -> {aid.state}"
            if aid.state is AidState.RELEASED and before is not AidState.RELEASED:
                self.releases[aid.id] += 1
            self.states[aid.id] = aid.state
        assert max(self.releases.values(), default=0) <= 1

    @invariant()
    def its_units_add_up(self) -> None:
        for aid in self.city.state.aids.values():
            units, lost = set(aid.units), set(aid.lost)
            assert len(units) == len(aid.units)
            assert set(aid.used) | set(aid.back) <= units
            assert lost <= set(aid.back)
            assert not lost & set(aid.used)
            assert len(units - lost) <= aid.count
            if aid.state.final:
                assert aid.out == ()

    @invariant()
    def what_a_neighbour_has_is_lent_to_it_and_no_more(self) -> None:
        held = {order.unit: order for order in self.city.centre.book.held() if order.asker.city != CHANGSHA}
        at_work = {unit: aid for aid in self.city.state.open_aids() for unit in aid.at_work}
        assert set(held) == set(at_work)
        for unit, order in held.items():
            assert order.asker.city == at_work[unit].borrower
            if OrderState.ACKED in {step.state for step in order.steps}:
                assert at_work[unit].state is AidState.DEPLOYED


TestLending = Lending.TestCase
TestLending.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)
