"""The score of a shift: a closed crossing is driven round from when a console heard of it until it opens."""

from pathlib import Path

from dispatch.clock import from_epoch_ms
from dispatch.report.gather import gather
from dispatch.report.logs import of_kind, read_logs
from dispatch.report.score import _Scoring, score
from dispatch.report.score_printed import score_lines
from dispatch.settings import load
from tests.unit.report.shift import CONSOLE, START_MS, Row, shift, write

FROM_MS, TO_MS = START_MS + 3_600_000, START_MS + 2 * 3_600_000


def closings(bridges: list[str], *, opened: bool) -> list[Row]:
    rows = [Row(FROM_MS, CONSOLE, "crossing.closed", bridge, {}) for bridge in bridges]
    return rows + [Row(TO_MS, CONSOLE, "crossing.opened", one, {}) for one in bridges if opened]


def test_a_crossing_is_closed_from_when_a_console_heard_of_it_until_it_heard_that_it_is_open(
    tmp_path: Path,
) -> None:
    configuration = load()
    bridges = [one.id for one in configuration.bridges if one.city == "changsha"]
    logs = read_logs(write(tmp_path, shift(3) + closings(bridges[:2], opened=True)))
    facts = gather(of_kind(logs, drill=True)[0], drill=True)
    assert facts.closed_at(FROM_MS - 1) == frozenset()
    assert facts.closed_at(FROM_MS) == facts.closed_at(TO_MS - 1) == frozenset(bridges[:2])
    assert facts.closed_at(TO_MS) == frozenset()
    scoring = _Scoring(facts, configuration)
    during = {one.id for one in scoring._bridges_at(from_epoch_ms(FROM_MS + 60_000)) if one.closed}
    assert during == set(bridges[:2])


def test_what_is_driven_round_takes_longer_and_the_score_says_which(tmp_path: Path) -> None:
    configuration = load()
    bridges = [one.id for one in configuration.bridges if one.city == "changsha"][1:]
    found = []
    for name, rows in (("open", []), ("shut", closings(bridges, opened=False))):
        (tmp_path / name).mkdir()
        logs = read_logs(write(tmp_path / name, shift(3) + rows))
        found.append(score(logs, configuration, drill=True))
    as_open, as_shut = found
    assert as_open.n == as_shut.n > 10
    assert as_shut.dispatched_min > as_open.dispatched_min
    assert as_shut.crossings == tuple(sorted(bridges))
    assert not as_open.crossings
    for one in found:
        assert one.bound_min <= one.free_min + 1e-6 <= one.best_min + 2e-6 <= one.dispatched_min + 3e-6
    assert bridges[0] in "\n".join(score_lines(as_shut))
    assert bridges[0] not in "\n".join(score_lines(as_open))
