"""Quota and money are conserved in any order of messages; protocols that do not do so are caught."""

import random
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.audit.verify import verify
from dispatch.centre import claims_desk, claims_ledger
from dispatch.centre.claims_disk import ClaimsDisk
from dispatch.centre.claims_moves import Moves
from dispatch.centre.draft import Draft
from dispatch.centre.reading import CannotDecide
from dispatch.claims.claim import QuotaEntry
from dispatch.claims.ledger import FOLLOWS, postings
from dispatch.claims.quota import Used
from dispatch.claims.states import Deed
from tests.unit.centre.centre_world import CHANGSHA, ZHUZHOU
from tests.unit.centre.claims_judge import Broken, judge, race, simulate
from tests.unit.centre.claims_world import DONOR, Claims

SEEDS = 120


def test_of_two_centres_that_approve_the_last_400_ml_at_once_exactly_one_succeeds() -> None:
    won = set()
    for seed in range(SEEDS):
        world = Claims()
        ends = race(world, random.Random(seed))
        assert sorted(ends) == ["approved", "rejected"], f"seed {seed}: {ends}"
        won.add(ends.index("approved"))
        judge(world, {DONOR: 200})
    assert won == {0, 1}, "either may win"


def test_the_same_on_the_disk_with_centres_that_are_restarted_in_between(tmp_path: Path) -> None:
    for seed in range(12):
        world = Claims(tmp_path / str(seed))
        assert sorted(race(world, random.Random(seed))) == ["approved", "rejected"], f"seed {seed}"
        world.close()
    for city in (CHANGSHA, ZHUZHOU):
        assert verify(tmp_path / "0" / f"{city}.db").ok


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_quota_and_money_are_conserved_whatever_happens_in_whatever_order(chance: random.Random) -> None:
    simulate(chance, 60)


def test_the_simulation_gets_everywhere() -> None:
    seen = sum(
        (simulate(random.Random(seed), 250) for seed in range(6)), start=simulate(random.Random(99), 10)
    )
    assert {"accepted", "illegal_claim", "claim_waits", "month_not_over", "month_order"} <= seen.keys()


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    world = Claims(tmp_path)
    simulate(random.Random(7), 120, world)
    before = [list(world.disk(city).connection.iterdump()) for city in (CHANGSHA, ZHUZHOU)]
    kept = [world.disk(city).claims() for city in (CHANGSHA, ZHUZHOU)]
    for city in (CHANGSHA, ZHUZHOU):
        world.restart(city)
    assert kept == [world.disk(city).claims() for city in (CHANGSHA, ZHUZHOU)]
    for city, lines in zip((CHANGSHA, ZHUZHOU), before, strict=True):
        now = set(world.disk(city).connection.iterdump())
        lost = [
            line for line in lines if line not in now and '"centre"' not in line and '"duties"' not in line
        ]
        assert not lost
    world.close()
    assert all(verify(tmp_path / f"{city}.db").ok for city in (CHANGSHA, ZHUZHOU))


@pytest.mark.parametrize("table", ["claim_history", "quota_entries", "donations", "journal", "nettings"])
def test_the_ledger_lets_nobody_change_or_delete_a_row(tmp_path: Path, table: str) -> None:
    world = Claims(tmp_path)
    simulate(random.Random(3), 250, world)
    connection = world.disk(CHANGSHA).connection
    assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
    for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = rowid"):  # noqa: S608
        with pytest.raises((sqlite3.IntegrityError, sqlite3.OperationalError)):
            connection.execute(sql if table != "claim_history" else sql.replace("rowid", "number"))
    world.close()


# --- wrong protocols ------------------------------------------------------------------------------


def _counts_nothing(_entries: Iterable[QuotaEntry], _relatives: object) -> tuple[Used, ...]:
    return ()


def _counts_what_is_paid(entries: Iterable[QuotaEntry], _relatives: object) -> tuple[Used, ...]:
    entries = list(entries)
    paid = {entry.claim for entry in entries if entry.step == "commit"}
    return tuple(Used(by=one.by, ml=one.ml) for one in entries if one.step == "reserve" and one.claim in paid)


def _takes_it_for_granted(moves: Moves, step: str, by: object) -> None:
    if step == "reserve":
        facts = moves.claim.facts
        fen, ml = sum(one.fen for one in facts.lines), sum(one.ml for one in facts.lines)
        granted: dict[str, str | int] = {
            "outcome": "approved",
            "ml": ml,
            "fen": fen,
            "liable": f"{CHANGSHA}:{fen}",
            "policy": "hunan-2026",
        }
        claims_desk._granted(moves, granted)
    else:
        _ask(moves, step, by)  # type: ignore[arg-type]


_ask = claims_desk._ask
_WRONG: dict[str, tuple[tuple[object, str, Any], ...]] = {
    "used volume not counted": (("dispatch.claims.ledger", "used", _counts_nothing),),
    "a reservation holds nothing until it is paid": (
        ("dispatch.claims.ledger", "used", _counts_what_is_paid),
    ),
    "lines not looked up": ((ClaimsDisk, "claimed_by", lambda _self, _line: None),),
    "approved before the ledger answered": ((claims_desk, "_ask", _takes_it_for_granted),),
    "a reversal that posts nothing": ((claims_ledger, "contra", lambda _posted, _month: []),),
    "a dispute that freezes nothing": ((claims_ledger, "held", lambda _entries: False),),
    "a payment can be released": (
        (claims_ledger, "FOLLOWS", {**FOLLOWS, "release": ("reserve", "commit")}),
        (claims_desk, "_ASKED_BY", {**claims_desk._ASKED_BY, Deed.REVERSE: "release"}),
    ),
    "what was decided is decided again": (
        (Draft, "answered", lambda _self, _key: None),
        (claims_ledger, "standing", lambda _entries: None),
    ),
    "half of what is owed is posted": ((claims_ledger, "postings", lambda *said: _postings(*said)[:-1]),),
}
_postings: Callable[..., list[Any]] = postings


@pytest.mark.parametrize("wrong", _WRONG)
def test_a_wrong_protocol_is_caught(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name, instead in _WRONG[wrong]:
        if isinstance(place, str):
            monkeypatch.setattr(f"{place}.{name}", instead)
        else:
            monkeypatch.setattr(place, name, instead)
    for seed in range(80):
        try:
            simulate(random.Random(seed), 120)
        except (Broken, sqlite3.IntegrityError, CannotDecide):
            return
    pytest.fail("nothing noticed it")
