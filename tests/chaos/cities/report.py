"""What a run came to, to be read and as JSON."""

from collections import Counter
from pathlib import Path
from typing import Any

from tests.chaos.cities.delays import Delays, measure, percentile
from tests.chaos.cities.evidence import Evidence, counted
from tests.chaos.cities.verdict import HARM, Violation, judge

CALM_P99_MS, CHAOS_P99_MS, RESOLVED_S = 1_000, 5_000, 60.0
P99_LIMITS_MS = {"calm": CALM_P99_MS, "chaos, reachable": CHAOS_P99_MS}
"""Group of delays -> what 99 of 100 orders may take to their crew's acknowledgement."""
TOLD = 40
"""So many violations are printed; all of them are counted, and in the JSON."""


def report_of(found: Evidence, folder: Path) -> dict[str, Any]:
    """The whole report."""
    began = next(line for line in found.happened if line["did"] == "began")
    phases = {line["name"]: line["ms"] for line in found.happened if line["did"] == "phase"}
    violations, delays = judge(found), measure(found)
    healed, resolved = phases.get("healed"), phases.get("resolved")
    faults = next((line for line in found.happened if line["did"] == "faults"), {})
    return {
        "broker": began["broker"],
        "seconds": began["seconds"],
        "seed": began["seed"],
        "orders": delays.confirmed + sum(delays.endings.values()),
        "confirmed": delays.confirmed,
        "lent": delays.lent,
        "without_acknowledgement": dict(delays.endings),
        "killed": dict(Counter(line["what"] for line in found.happened if line["did"] == "down")),
        "cities_cut_off": sum(line["did"] == "cut" for line in found.happened),
        "connections_silent": sum(line["did"] == "silent" for line in found.happened),
        "connections_reset": sum(line["did"] == "reset" for line in found.happened),
        "packets": {name: times for name, times in faults.items() if name not in ("ms", "did")},
        "refused_by_consoles": counted(folder),
        "resolved_s": None if healed is None or resolved is None else (resolved - healed) / 1000,
        "delays": _delays(delays),
        "violations": _counted(violations),
        "told": [f"{one.kind}: {one.what}" for one in violations],
    }


def _delays(delays: Delays) -> dict[str, dict[str, int]]:
    groups = {
        "calm": delays.calm,
        "chaos, reachable": delays.reachable,
        "chaos, cut or killed": delays.cut_or_killed,
        "chaos, all": delays.chaos,
        "after healing": delays.after,
        "the crew's hand in it": delays.hands,
    }
    return {
        name: {
            "orders": len(values),
            "p50_ms": percentile(values, 0.5),
            "p99_ms": percentile(values, 0.99),
            "max_ms": max(values, default=0),
        }
        for name, values in groups.items()
    }


def _counted(violations: list[Violation]) -> dict[str, int]:
    found = Counter(one.kind for one in violations)
    return {kind: found[kind] for kind in HARM} | {k: n for k, n in found.items() if k not in HARM}


def text_of(report: dict[str, Any]) -> str:
    """A page for whoever ran it."""
    lines = [
        f"Three cities over {report['broker']}, {report['seconds']:.0f} s, seed {report['seed']}",
        f"  {report['orders']} orders, {report['confirmed']} confirmed, {report['lent']} of lent units",
        f"  without an acknowledgement: {_pairs(report['without_acknowledgement'])}",
        f"  killed with SIGKILL: {_pairs(report['killed'])}",
        f"  cut off: {report['cities_cut_off']} cities; connections: {report['connections_silent']} silent, "
        f"{report['connections_reset']} reset",
        f"  packets: {_pairs(report['packets'])}",
        f"  not taken by consoles: {_pairs(report['refused_by_consoles'])}",
        "  order to crew acknowledgement, from the choice at the desk to the console that shows it:",
        *(_delay_line(name, group) for name, group in report["delays"].items()),
        f"  {_resolved(report['resolved_s'])}",
        f"  {', '.join(f'{times} {kind}' for kind, times in report['violations'].items())}",
        *(f"    {one}" for one in report["told"][:TOLD]),
    ]
    return "\n".join(lines)


def failed(report: dict[str, Any]) -> list[str]:
    """Every bar that this run did not reach; a bar that nothing was measured for was not reached."""
    bars = [f"{times} {kind}" for kind, times in report["violations"].items() if times]
    bars += [f"{name}: {_verdict(name, report['delays'][name])}" for name in P99_LIMITS_MS]
    bars += [_resolved(report["resolved_s"])]
    return [bar for bar in bars if not bar.endswith("PASS")]


def _verdict(name: str, group: dict[str, int]) -> str:
    limit = P99_LIMITS_MS[name]
    if not group["orders"]:
        return f"p99 <= {limit} ms: not measured, no orders: FAIL"
    return f"p99 <= {limit} ms: {'PASS' if group['p99_ms'] <= limit else 'FAIL'}"


def _delay_line(name: str, group: dict[str, int]) -> str:
    verdict = f"  {_verdict(name, group)}" if name in P99_LIMITS_MS else ""
    return (
        f"    {name}: {group['orders']} orders, p50 {group['p50_ms']} ms, p99 {group['p99_ms']} ms, "
        f"longest {group['max_ms']} ms{verdict}"
    )


def _resolved(after_s: float | None) -> str:
    if after_s is None or after_s > RESOLVED_S:
        return f"not resolved within {RESOLVED_S:.0f} s of healing: FAIL"
    return f"everything resolved {after_s:.1f} s after healing: PASS"


def _pairs(counts: dict[str, int]) -> str:
    return ", ".join(f"{times} {name}" for name, times in sorted(counts.items())) or "none"
