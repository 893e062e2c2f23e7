"""A dispatcher at a real console over real centres: presses keys, reads the screen, waits for what comes.

async with at_the_console(cities) as dispatcher:
    await dispatcher.press("f10").type("wygc").expect_text("五一广场").press("enter", "1", "f7")
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Self

from textual.pilot import Pilot

from dispatch.console.app import ConsoleApp
from dispatch.console.widgets.commandline import CommandLine
from dispatch.domain.hospitals import HospitalId
from dispatch.domain.units import UnitId, UnitState
from tests.console.driver import MANNERS, Operator
from tests.scenarios.three_cities import ThreeCities, Town, until

LARGE, SMALL = (160, 48), (80, 24)
WITHIN_S = 30.0
"""So long a loaded machine may take over what a quiet one does at once."""


class Dispatcher(Operator):
    """Knows nothing but keys and screen; what is to come may take its time."""

    def __init__(self, pilot: Pilot[None], cities: ThreeCities) -> None:
        super().__init__(pilot)
        self.cities = cities

    async def _until(self, true: Callable[[], bool]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(WITHIN_S):
                while not true():
                    await self.pilot.pause(0.05)

    def faults(self) -> Sequence[object]:
        return [row.detail for row in self.cities.log("console.fault")]

    def type(self, text: str) -> Self:
        """Type into the field in focus, or have an input method commit it, and see it there."""
        return self.commit(text).expect_text(text)

    def presses_until(self, key: str, *, gone: str) -> Self:
        """Press a key again and again, two seconds apart, as long as something stands there."""

        async def step() -> None:
            for _turn in range(8):
                await self.pilot.press(key)
                for _moment in range(20):
                    await self.pilot.pause(0.1)
                    if gone not in self.text():
                        return
            raise AssertionError(f"{gone!r} is still on the screen:\n{self.text()}")

        return self._add(step)

    def command(self, line: str) -> Self:
        """Type a command line and send it off."""
        opened = self.press("colon").expect(self._line_open, "the command line")
        return opened.type(line).press("enter")

    def _line_open(self) -> bool:
        return isinstance(self.app.screen, CommandLine)

    async def reads(self, pattern: str) -> str:
        """What the one group of a pattern stands for on the screen, once it is there."""
        await self.expect(lambda: re.search(pattern, self.text()) is not None, f"text like {pattern!r}")
        match = re.search(pattern, self.text())
        assert match is not None
        return match[1]


@asynccontextmanager
async def at_the_console(cities: ThreeCities, size: tuple[int, int] = LARGE) -> AsyncIterator[Dispatcher]:
    """A console of a session that runs, with somebody in front of it."""
    app = ConsoleApp(cities.desk, manners=MANNERS)
    async with app.run_test(size=size) as pilot:
        yield Dispatcher(pilot, cities)


@dataclass(frozen=True)
class Crew:
    """The crew of one unit, who do what is asked of them when the test says so."""

    town: Town
    unit: UnitId

    async def hears(self) -> None:
        """Sees the order on its terminal."""
        await until(lambda: self.town.crews.told(self.unit), WITHIN_S)

    async def acknowledges(self) -> None:
        await self.hears()
        await self.town.crews.acknowledge(self.unit)

    async def says(self, state: UnitState, patients: int = 0) -> None:
        await self.town.crews.says(self.unit, state, patients=patients)

    async def hears_hospital(self) -> HospitalId:
        """Is told where to take its patients, and says that it knows."""
        await until(lambda: bool(self.town.crews.hospital(self.unit)), WITHIN_S)
        await self.town.crews.knows_hospital(self.unit)
        return HospitalId(self.town.crews.hospital(self.unit))

    async def is_through(self) -> None:
        await self.town.crews.finishes(self.unit)
