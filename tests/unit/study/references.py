"""Independent references: Erlang's formulas and Larson's exact hypercube, by code of their own."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def erlang_b(servers: int, offered: float) -> float:
    """Share of calls lost with no queue."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """Share of calls that wait with an endless queue."""
    lost, load = erlang_b(servers, offered), offered / servers
    return lost / (1 - load * (1 - lost))


def hypercube(
    rates: Sequence[float], service_rate: float, preferences: Sequence[Sequence[int]], *, queue: bool
) -> tuple[Floats, Floats, float]:
    """Larson, Computers & Operations Research 1(1), 1974: exact steady state over 2^N states.

    Workload of each unit, share of all calls that each (atom, unit) pair serves at once, and the
    share of calls lost (or queued). With a queue, the tail beyond the full state is that of M/M/N.
    """
    atoms, units = len(rates), len(preferences[0])
    size, full = 2**units, 2**units - 1
    flow = np.zeros((size, size))
    first = np.full((atoms, size), -1)
    for state in range(size):
        for unit in range(units):
            if state >> unit & 1:
                flow[state, state ^ (1 << unit)] += service_rate
        for atom in range(atoms):
            for unit in preferences[atom]:
                if not state >> unit & 1:
                    flow[state, state | 1 << unit] += rates[atom]
                    first[atom, state] = unit
                    break
    balance = (flow - np.diag(flow.sum(axis=1))).T
    balance[-1] = 1
    right = np.zeros(size)
    right[-1] = 1
    chance = np.linalg.solve(balance, right)
    load = sum(rates) / (units * service_rate)
    tail = chance[full] * load / (1 - load) if queue else 0.0
    chance /= 1 + tail
    tail /= 1 + tail
    workload = np.array([sum(chance[s] for s in range(size) if s >> unit & 1) for unit in range(units)])
    served = np.zeros((atoms, units))
    for atom in range(atoms):
        for state in range(full):
            served[atom, first[atom, state]] += chance[state] * rates[atom] / sum(rates)
    return workload + tail, served, float(chance[full] + tail)
