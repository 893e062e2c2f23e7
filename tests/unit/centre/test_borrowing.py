"""The borrower's side: what a lender's centre says of a request, at the city that asked."""

from datetime import timedelta

from dispatch.domain.aid import Aid, AidAct, AidKind, AidState
from dispatch.domain.incidents import Ending, IncidentId, IncidentState
from dispatch.domain.units import UnitId, UnitState
from tests.unit.centre.centre_world import CHANGSHA, XIANGTAN, ZHUZHOU, City

NUMBER = "CS-1124-1001"


class TwoCities:
    """Changsha asks Zhuzhou, whose words arrive when they are told."""

    def __init__(self, **what: object) -> None:
        self.borrower, self.lender = City(CHANGSHA), City(ZHUZHOU)
        self.borrower.open(NUMBER)
        self.lender.ask(borrower=CHANGSHA, **what)  # type: ignore[arg-type]

    def tell(self) -> None:
        self.borrower.now_ms = self.lender.now_ms
        self.borrower.foreign_aid(self.lender.help())

    def aid_codes(self) -> list[str]:
        return [code for code in self.borrower.codes() if code.startswith("aid.")]


def test_each_step_of_a_loan_stands_once_in_the_timeline_of_the_borrower() -> None:
    two = TwoCities(units=2)
    two.tell()
    two.tell()
    two.lender.answer(AidAct.ACCEPT)
    two.tell()
    two.lender.answer(AidAct.COMMIT, "ZZ-001")
    two.tell()
    two.lender.answer(AidAct.COMMIT, "ZZ-002")
    two.tell()
    two.lender.answer(AidAct.RELEASE)
    two.tell()
    assert two.aid_codes() == [
        "aid.asked", "aid.accepted", "aid.committed", "aid.committed", "aid.released",
    ]  # fmt: skip
    facts = [entry.facts for entry in two.borrower.timeline() if entry.code == "aid.committed"]
    assert [fact["units"] for fact in facts] == ["ZZ-001", "ZZ-002"]


def test_steps_that_were_missed_are_not_made_up_and_what_was_named_is_told() -> None:
    two = TwoCities()
    two.lender.answer(AidAct.COMMIT, "ZZ-001")
    two.lender.answer(AidAct.RELEASE)
    two.tell()
    assert two.aid_codes() == ["aid.asked", "aid.committed", "aid.released"]


def test_a_no_is_told_with_its_reason() -> None:
    two = TwoCities()
    two.lender.answer(AidAct.DECLINE, reason="reserve_kept")
    two.tell()
    entry = two.borrower.timeline()[-1]
    assert (entry.code, entry.facts["reason"], entry.by) == ("aid.declined", "reserve_kept", "li@console-1")


def test_an_older_word_never_overwrites_a_newer_one() -> None:
    two = TwoCities()
    two.tell()
    older = two.lender.help()
    two.lender.now_ms += 1000
    two.lender.answer(AidAct.COMMIT, "ZZ-001")
    two.tell()
    two.borrower.foreign_aid(older)
    assert two.borrower.state.asked[older.id].state is AidState.COMMITTED
    ended = two.lender.help().to(AidState.RELEASED, older.changed_at + timedelta(seconds=5))
    two.borrower.foreign_aid(ended)
    two.borrower.foreign_aid(two.lender.help())
    assert two.borrower.state.asked[older.id].state is AidState.RELEASED


def test_a_request_of_a_third_city_is_none_of_ours() -> None:
    two = TwoCities()
    third: Aid = two.lender.help().model_copy(update={"borrower": XIANGTAN})
    two.borrower.foreign_aid(third)
    assert two.borrower.state.asked == {}


def test_a_promise_that_is_broken_rings_at_the_borrower_too() -> None:
    two = TwoCities()
    two.lender.answer(AidAct.COMMIT, "ZZ-001")
    two.tell()
    two.lender.now_ms += 1000
    two.lender.request("ZZ-001", "ZZ-1124-1001")
    two.tell()
    two.tell()
    assert two.aid_codes() == ["aid.asked", "aid.committed", "aid.lost"]
    assert "aid_lost:a1:ZZ-001" in two.borrower.ringing()


# --- handing an incident over ---------------------------------------------------------------------


def test_an_incident_that_was_taken_over_ends_here_as_transferred() -> None:
    two = TwoCities(kind=AidKind.INCIDENT)
    two.tell()
    assert two.aid_codes() == ["aid.asked_over"]
    assert two.borrower.find().state is IncidentState.WAITING  # ours until a person there says yes
    two.lender.answer(AidAct.ACCEPT)
    two.tell()
    incident = two.borrower.find()
    assert (incident.state, incident.ending) == (IncidentState.CLOSED, Ending.TRANSFERRED)
    assert incident.moved_to == IncidentId("ZZ-1124-0999")
    assert two.borrower.codes()[-2:] == ["moved", "closed"]


def test_own_units_finish_before_a_transferred_incident_ends() -> None:
    two = TwoCities(kind=AidKind.INCIDENT)
    request = two.borrower.send("CS-001", NUMBER)
    two.lender.answer(AidAct.ACCEPT)
    two.tell()
    assert (two.borrower.find().state, two.borrower.find().units) == (IncidentState.DISPATCHED, ("CS-001",))
    two.borrower.journey(request, UnitState.EN_ROUTE)
    two.borrower.done(request, "aborted")
    assert (two.borrower.find().state, two.borrower.find().ending) == (
        IncidentState.CLOSED,
        Ending.TRANSFERRED,
    )


def test_a_hand_over_that_is_declined_changes_nothing() -> None:
    two = TwoCities(kind=AidKind.INCIDENT)
    two.lender.answer(AidAct.DECLINE, reason="major_incident")
    two.tell()
    assert two.borrower.find().state is IncidentState.WAITING
    assert two.borrower.find().moved_to is None


def test_a_unit_seen_after_the_loan_ended_is_still_believed() -> None:
    two = TwoCities()
    two.lender.answer(AidAct.COMMIT, "ZZ-001")
    two.lender.answer(AidAct.RELEASE)
    two.tell()
    two.borrower.foreign_unit("ZZ-001", UnitState.EN_ROUTE, NUMBER)
    assert two.borrower.find().units == (UnitId("ZZ-001"),)
