"""Random traces for the replay: coordinates, minutes, units, calls, as numbers and as CSV."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulators.study.model import StudyCall, StudyUnit
from simulators.study.trace_times import Times
from tests.unit.study.plain_replay import Call, Unit

HEADER = ("id", "time", "node", "on_scene_duration", "transport", "hospital", "hospital_duration", "priority")


@dataclass(frozen=True)
class Trace:
    """`whole` minutes make many ties."""

    minutes: list[list[float]]
    bases: list[int]
    calls: list[Call]

    def units(self) -> list[Unit]:
        return [Unit(str(n + 1), base, base) for n, base in enumerate(self.bases)]

    def times(self) -> Times:
        times = Times("times.csv", [f"n{n}" for n in range(len(self.minutes))])
        times.minutes = self.minutes
        return times

    def study_units(self) -> list[StudyUnit]:
        return [StudyUnit(str(n + 1), base) for n, base in enumerate(self.bases)]

    def study_calls(self) -> list[StudyCall]:
        return [
            StudyCall(
                c.name,
                c.time,
                c.node,
                priority=c.priority,
                scene_min=c.scene,
                hospital=c.hospital,
                hospital_min=c.handover,
            )
            for c in self.calls
        ]

    def write(self, folder: Path) -> tuple[Path, Path, Path]:
        """calls.csv, units.csv, times.csv."""
        paths = folder / "calls.csv", folder / "units.csv", folder / "times.csv"
        with paths[0].open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(
                [
                    "id",
                    "time",
                    "node",
                    "on_scene_duration",
                    "transport",
                    "hospital",
                    "hospital_duration",
                    "priority",
                ]
            )
            for c in self.calls:
                hospital = "" if c.hospital is None else f"n{c.hospital}"
                carried = int(c.hospital is not None)
                values = (repr(c.time), f"n{c.node}", repr(c.scene), carried, hospital, repr(c.handover))
                rows.writerow([c.name, *values, c.priority])
        with paths[1].open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "base_node"])
            rows.writerows([n + 1, f"n{base}"] for n, base in enumerate(self.bases))
        with paths[2].open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["from", "to", "minutes"])
            for i, row in enumerate(self.minutes):
                rows.writerows([f"n{i}", f"n{j}", repr(value)] for j, value in enumerate(row))
        return paths


def random_trace(
    seed: int, *, calls: int = 200, units: int = 6, nodes: int = 25, load: float = 0.7, whole: bool = False
) -> Trace:
    rng = np.random.default_rng(seed)
    place = rng.uniform(0, 20, (nodes, 2))
    minutes = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) * rng.uniform(
        1, 1.2, (nodes, nodes)
    )
    np.fill_diagonal(minutes, 0)
    gaps = rng.exponential(50 / (units * load), calls)
    at, scene, handover = np.cumsum(gaps), rng.exponential(12, calls), rng.exponential(15, calls)
    if whole:
        minutes, at, scene, handover = (np.round(x) for x in (minutes, at, scene, handover))
    hospitals = rng.choice(nodes, 3, replace=False)
    made = [
        Call(
            f"c{n}",
            float(at[n]),
            int(rng.integers(nodes)),
            int(rng.integers(1, 4)),
            float(scene[n]),
            int(rng.choice(hospitals)) if rng.random() < 0.7 else None,
            float(handover[n]),
        )
        for n in range(calls)
    ]
    return Trace(minutes.tolist(), [int(b) for b in rng.integers(nodes, size=units)], made)
