"""Many cases as one table: what was run, what it came to, and what was not run."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.chaos.cities.delays import percentile
from tests.chaos.cities.verdict import HARM
from tests.chaos.hosts.cases import CUT_SETS, cut_name

RESOLVED_S = 60.0
Result = dict[str, Any]


def good(result: Result) -> bool:
    return not result["violations"] and result["resolved_s"] is not None


def line_of(result: Result) -> str:
    """One case in a line."""
    cuts = "/".join(f"{one:g}" for one in result["cut_s"]) or "-"
    killed = ", ".join(f"{what} x{times}" for what, times in result["killed"].items()) or "nothing"
    clocks = ", ".join(f"{city} {by:+.1f} s" for city, by in result["clocks"].items()) or "right"
    verdict = "good" if good(result) else f"BAD {result['violations']}"
    resolved = "never" if result["resolved_s"] is None else f"{result['resolved_s']:.1f} s"
    return (
        f"{result['case']}: cut {cuts} s ({result['one_way']} one way), killed {killed}, clocks {clocks}: "
        f"{result['orders']} orders, {result['to_other_cities']} to other cities, "
        f"resolved {resolved}: {verdict}"
    )


def text_of(results: Sequence[Result], seeds: int, longest_s: float) -> str:
    """The report, as Markdown."""
    wanted = len(CUT_SETS) * seeds
    lines = [
        "# Three cities on three hosts",
        "",
        f"{len(results)} of {wanted} cases were run ({len(CUT_SETS)} sets of cut cables x {seeds} seeds, "
        f"longest cut {longest_s:g} s); {sum(map(good, results))} of them good.",
        "",
        "| cut | cases | longest cut, s | one way | kills | clocks wrong | orders | to other cities "
        "| lost or open | doubled | rejected but accepted | stopped | other | resolved, longest s |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for pairs in CUT_SETS:
        of_set = [one for one in results if one["case"].rpartition("-")[0] == cut_name(pairs)]
        lines.append(_row(cut_name(pairs), of_set))
    lines += [_row("all", results), "", *_more(results)]
    bad = [one for one in results if not good(one)]
    lines += [f"- {line_of(one)}" for one in results]
    for one in bad:
        lines += ["", f"## {one['case']}", "", *(f"- {told}" for told in one["told"][:40])]
    return "\n".join(lines) + "\n"


_LOST = ("undecided", "not resolved", "disagreement", "unordered")


def _row(name: str, of_set: Sequence[Result]) -> str:
    counts: Counter[str] = Counter()
    for one in of_set:
        counts.update(one["violations"])
    known = (*_LOST, "double", "two holders", "rejected but accepted", "stopped")
    cells = (
        name,
        len(of_set),
        max((cut for one in of_set for cut in one["cut_s"]), default="-"),
        sum(one["one_way"] for one in of_set),
        sum(sum(one["killed"].values()) for one in of_set),
        sum(bool(one["clocks"]) for one in of_set),
        sum(one["orders"] for one in of_set),
        sum(one["to_other_cities"] for one in of_set),
        sum(counts[kind] for kind in _LOST),
        counts["double"] + counts["two holders"],
        counts["rejected but accepted"],
        counts["stopped"],
        sum(times for kind, times in counts.items() if kind not in known),
        max((one["resolved_s"] for one in of_set if one["resolved_s"] is not None), default="-"),
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _more(results: Sequence[Result]) -> list[str]:
    asked: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    harm: Counter[str] = Counter()
    for one in results:
        asked.update(one["by_console"])
        taken.update(one["not_taken"])
        harm.update({kind: one["violations"].get(kind, 0) for kind in HARM})
    resolved = [round(one["resolved_s"] * 1000) for one in results if one["resolved_s"] is not None]
    local = [one["local_p99_ms"] for one in results]
    return [
        f"Orders by console: {_pairs(asked)} (console-1: a link to every city; console-2: by bridges alone).",
        f"Harm: {_pairs(harm)}. Messages that consoles put aside: {_pairs(taken)}.",
        f"Resolved after healing: median {percentile(resolved, 0.5) / 1000:.1f} s. Own units ordered while "
        f"cables were cut: the slowest case's p99 to the crew's yes {max(local, default=0)} ms.",
        "",
    ]


def _pairs(counts: Counter[str]) -> str:
    return ", ".join(f"{times} {name}" for name, times in sorted(counts.items())) or "none"
