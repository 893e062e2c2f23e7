"""Position reports: each unit once a second, with noise, delay, silence in tunnels, and faults."""

from collections import Counter
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dispatch.domain.geography import CityCode
from dispatch.domain.units import UnitId
from dispatch.feed import payloads, topics
from simulators.assumptions import ReportAssumptions
from simulators.engine import Agenda, Streams
from simulators.faults import Fault, Faults
from simulators.fleet import Ambulance, Ambulances
from simulators.ground import Point, moved
from simulators.messages import Message, Say, own
from simulators.trips import Spot

MOVING_KMH = 1.0


class _Sent(NamedTuple):
    """A message that waits for its moment."""

    message: Message
    fault: Fault | None


class PositionReports:
    """Samples every unit at every tick and says what its terminal would send."""

    def __init__(
        self,
        assumed: ReportAssumptions,
        agenda: Agenda,
        streams: Streams,
        fleet: Ambulances,
        faults: Faults,
        say: Say,
        every_s: float = 1.0,
    ) -> None:
        self._assumed, self._agenda, self._fleet = assumed, agenda, list(fleet)
        self._faults, self._say, self.every_s = faults, say, every_s
        self._rng = streams.of("gps")
        units = len(self._fleet)
        self._error = self._rng.normal(0, assumed.noise_m, (units, 2))
        shares = np.array(assumed.delay_s)
        self._delay_s = self._rng.choice(len(shares), units, p=shares / shares.sum()).tolist()
        self._accuracy = np.round(np.abs(self._rng.normal(assumed.noise_m, 1.5, units)) + 1, 1).tolist()
        self._topics = [topics.position(a.unit.city, a.unit.id) for a in self._fleet]
        self._in_tunnel: dict[UnitId, list[Message]] = {}
        self._lost_until: dict[UnitId, int] = {}
        self._frozen: dict[UnitId, tuple[int, Point]] = {}
        self.sent: Counter[CityCode] = Counter()

    def start(self) -> None:
        """Report from now on, for good."""
        self._agenda.every(self.every_s, self._tick)

    def lose_gps(self, ambulance: Ambulance, seconds: float) -> int:
        """No positions from this unit for some time; until when."""
        until = self._agenda.now_ms + round(seconds * 1000)
        self._lost_until[ambulance.unit.id] = max(until, self._lost_until.get(ambulance.unit.id, 0))
        self._faults.count(ambulance.unit.city, "gps_lost")
        return until

    def find_gps(self, ambulance: Ambulance, until_ms: int) -> bool:
        """Positions again, unless something else keeps them away for longer than until then."""
        lost_ms = self._lost_until.get(ambulance.unit.id, 0)
        found = self._agenda.now_ms < lost_ms <= until_ms
        if found:
            self._lost_until[ambulance.unit.id] = self._agenda.now_ms
        return found

    def _tick(self) -> None:
        self._drift()
        self._begin_episodes()
        faults = self._faults.draw(len(self._fleet))
        now = self._agenda.now_ms
        for row, ambulance in enumerate(self._fleet):
            spot = ambulance.trip.at(now)
            unit = ambulance.unit.id
            if spot.tunnel or unit in self._in_tunnel:
                self._under_ground(row, ambulance, spot)
            elif now >= self._lost_until.get(unit, 0):
                message = self._sample(row, ambulance, spot)
                if row in faults:
                    self._with_fault(ambulance, message, faults[row], self._delay_s[row])
                else:
                    self._send(message, self._delay_s[row])

    def _drift(self) -> None:
        """The error of a receiver wanders slowly: neighbouring fixes are wrong by nearly the same."""
        memory = self._assumed.noise_memory**self.every_s
        fresh = self._rng.standard_normal(self._error.shape) * self._assumed.noise_m
        self._error = memory * self._error + (1 - memory**2) ** 0.5 * fresh

    def _begin_episodes(self) -> None:
        rates, units, now = self._faults.rates, len(self._fleet), self._agenda.now_ms
        for row in self._faults.episodes(units, rates.gps_lost_per_unit_hour * self.every_s):
            self.lose_gps(self._fleet[row], self._faults.episode_s())
        for row in self._faults.episodes(units, rates.gps_frozen_per_unit_hour * self.every_s):
            ambulance = self._fleet[row]
            until = now + round(self._faults.episode_s() * 1000)
            self._frozen[ambulance.unit.id] = (until, self._seen(row, ambulance.trip.at(now)))
            self._faults.count(ambulance.unit.city, "gps_frozen")

    def _seen(self, row: int, spot: Spot) -> Point:
        """The place as the receiver has it."""
        north, east = self._error[row]
        lat, lon = moved(spot.point, float(north), float(east))
        return round(lat, 6), round(lon, 6)

    def _sample(self, row: int, ambulance: Ambulance, spot: Spot) -> Message:
        now, unit = self._agenda.now_ms, ambulance.unit.id
        kmh, (lat, lon) = spot.kmh, self._seen(row, spot)
        if unit in self._frozen:
            until, held = self._frozen[unit]
            if now < until:
                (lat, lon), kmh = held, 0.0
            else:
                del self._frozen[unit]
        moving = kmh > MOVING_KMH
        data = payloads.UnitPosition(
            unit=unit,
            lat=lat,
            lon=lon,
            datum="wgs84",
            accuracy_m=self._accuracy[row],
            speed_kmh=round(kmh, 1),
            heading_deg=round(spot.heading_deg, 1) % 360 if moving else None,
        )
        return own(ambulance.unit.city, self._topics[row], "unit.position", data, now, qos=0)

    def _under_ground(self, row: int, ambulance: Ambulance, spot: Spot) -> None:
        """Keep fixes while in a tunnel; send them in one go, oldest first, soon after it."""
        kept = self._in_tunnel.setdefault(ambulance.unit.id, [])
        kept.append(self._sample(row, ambulance, spot))
        if not spot.tunnel:
            for message in self._in_tunnel.pop(ambulance.unit.id):
                self._send(_kept(message), 2)
            self._faults.count(ambulance.unit.city, "tunnel")

    def _with_fault(self, ambulance: Ambulance, message: Message, fault: Fault, delay_s: float) -> None:
        message = _kept(message)
        if fault is Fault.LOST:
            self._faults.count(ambulance.unit.city, fault)
            return
        if fault is Fault.DUPLICATE:
            self._send(message, delay_s)
        elif fault is Fault.LATE:
            delay_s = self._faults.late_s()
        elif fault is Fault.OUT_OF_ORDER:
            delay_s += 2 * self.every_s
        elif fault is Fault.FUTURE:
            message = _kept(message, ahead_s=self._faults.future_s())
        self._send(message, delay_s, fault)

    def _send(self, message: Message, delay_s: float, fault: Fault | None = None) -> None:
        sent = _Sent(message, fault)
        if delay_s <= 0:
            self._go_out(sent)
        else:
            self._agenda.after(delay_s, lambda: self._go_out(sent))

    def _go_out(self, sent: _Sent) -> None:
        """Say it; a fault counts from the moment at which somebody can notice it."""
        if sent.fault is not None:
            self._faults.count(sent.message.city, sent.fault)
        self.sent[sent.message.city] += 1
        self._say(sent.message)


def _kept(message: Message, ahead_s: int = 0) -> Message:
    """The same message, to go out even when a newer one waits; `ahead_s`: from a clock that is fast."""
    return replace(message, ts_evt=message.ts_evt + ahead_s * 1000, keep=True)
