"""Three cities on three hosts, in small: cables cut, a host killed, a clock wrong; and what needs no hosts.

How fast orders are is not demanded: it is the machine's as much as the program's.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.hosts import network
from tests.chaos.hosts.cases import CUT_SETS, Case, Cut, Kill, cut_name, draw, longest_cut_s
from tests.chaos.hosts.network import PAIRS, NoNamespaces
from tests.chaos.hosts.run import CANNOT, main, play, why_not
from tests.chaos.hosts.totals import line_of, text_of

CX, CZ, XZ = PAIRS
BY_HAND = Case(
    (CX, CZ),
    seed=1,
    lasts_s=12.0,
    cuts=(Cut(0.0, 10.0, (CX, CX[::-1])), Cut(0.5, 9.0, (CZ,))),
    kills=(Kill(2.0, 2.0, "host", "zhuzhou"),),
    clocks={"xiangtan": 2.5},
    centres={"changsha": "direct", "xiangtan": "bridge", "zhuzhou": "direct"},
)
"""One cable dead both ways, one in one direction, a host killed meanwhile, a clock wrong by seconds."""
TIMED = ("stopped",)
"""Kinds that a starved machine may bring about alone: printed, not demanded."""


@pytest.mark.slow
@pytest.mark.mosquitto
def test_cut_cables_and_a_killed_host_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    if missing := why_not():
        pytest.skip(f"three hosts cannot be made here: {missing}")
    result = play(BY_HAND, tmp_path / "run")
    print(f"\n{line_of(result)}")
    assert [told for told in result["told"] if not told.startswith(TIMED)] == []
    assert result["resolved_s"] is not None
    assert result["killed"] == {"host": 1}
    assert result["done"] > 5
    assert all(result["by_console"].values()), "consoles with three links, and by bridges alone"
    assert network.names_of(os.getpid()) == [], "no host is left"


# --- what needs no hosts --------------------------------------------------------------------------


def test_there_are_eight_sets_of_cut_cables() -> None:
    names = [cut_name(pairs) for pairs in CUT_SETS]
    assert names == ["none", "CX", "CZ", "XZ", "CX+CZ", "CX+XZ", "CZ+XZ", "CX+CZ+XZ"]


def test_cuts_last_from_one_second_to_the_longest() -> None:
    lengths = [longest_cut_s(seed, 20, 600) for seed in range(1, 21)]
    assert lengths == sorted(lengths)
    assert (lengths[0], round(lengths[-1])) == (1.0, 600)


def test_a_case_is_drawn_from_its_cables_and_seed_alone() -> None:
    every = [draw(pairs, seed, 10.0) for pairs in CUT_SETS for seed in range(1, 21)]
    assert every == [draw(one.pairs, one.seed, 10.0) for one in every]
    ways = {len(cut.ways) for one in every for cut in one.cuts}
    assert ways == {1, 2}, "one way, and both"
    assert {kill.what for one in every for kill in one.kills} == {
        "broker", "centre", "console", "vehicles", "host"
    }  # fmt: skip
    assert any(one.clocks for one in every)


def test_where_no_hosts_can_be_made_it_says_so_and_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise NoNamespaces("network namespaces need root")

    monkeypatch.setattr("tests.chaos.hosts.run.try_here", refuse)
    monkeypatch.setattr("tests.chaos.hosts.run.find_program", lambda _kind: Path("mosquitto"))
    assert main([]) == CANNOT
    assert "network namespaces need root" in capsys.readouterr().err


def test_the_report_says_how_much_was_not_run() -> None:
    result = {
        "case": replace(BY_HAND).name, "lasts_s": 12.0, "cut_s": [10.0, 9.0], "one_way": 1,
        "killed": {"host": 1}, "clocks": {}, "orders": 7, "done": 6, "to_other_cities": 2,
        "by_console": {"console-1": 4, "console-2": 3}, "local_p99_ms": 900, "not_taken": {},
        "resolved_s": 9.0, "violations": {"double": 1}, "told": ["double: CS-001"],
    }  # fmt: skip
    text = text_of([result], seeds=20, longest_s=600)
    assert "1 of 160 cases were run" in text
    assert "0 of them good" in text
    assert "| CX+CZ | 1 | 10.0 | 1 | 1 | 0 | 7 | 2 | 0 | 1 | 0 | 0 | 0 | 9.0 |" in text
