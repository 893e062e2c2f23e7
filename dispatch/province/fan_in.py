"""All cities of a province together: in this process, or shared out among worker processes."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from dispatch.clock import Clock, epoch_ms
from dispatch.domain.geography import CityCode
from dispatch.feed.transport import Connect
from dispatch.province.model import CityCount
from dispatch.province.rules import ProvinceRules
from dispatch.province.watch import Watch

AGAIN_S = 1.0
LATE_S = 5.0
"""A worker that says nothing for so long is no better than a lost link."""
LONGEST_LINE = 4_194_304


class FanIn:
    """What a screen or `--json` asks: `counts`, in the order of province.toml."""

    def __init__(
        self,
        rules: ProvinceRules,
        linked: Sequence[CityCode],
        connect: Connect,
        clock: Clock,
        *,
        config: Path | None = None,
        workers: int = 0,
        drill: bool = False,
    ) -> None:
        """`linked`: cities with a broker; with workers they are dealt out in turn."""
        self.rules = rules
        self._clock, self._config, self._drill = clock, config, drill
        self._linked = list(linked)
        self._said: dict[CityCode, CityCount] = {}
        self._watch = Watch(rules, linked, connect, clock, drill=drill) if workers == 0 else None
        self.parts = [part for turn in range(workers) if (part := self._linked[turn::workers])]
        self.pids: dict[int, int] = {}
        """Worker's number -> process id."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Links, or workers, for the length of a block."""
        if self._watch is not None:
            async with self._watch.running():
                yield
            return
        tasks = [asyncio.create_task(self._keep(number)) for number in range(len(self.parts))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def counts(self) -> list[CityCount]:
        """How every city stands; one without a broker, or whose worker is lost, says so."""
        now_ms = epoch_ms(self._clock.now())
        if self._watch is not None:
            self._said = {one.city: one for one in self._watch.counts()}
        return [self._count(city.code, now_ms) for city in self.rules.city]

    def _count(self, city: CityCode, now_ms: int) -> CityCount:
        if city not in self._linked:
            return CityCount(city, now_ms, "none")
        said = self._said.get(city)
        if said is None or now_ms - said.at_ms > LATE_S * 1000:
            return replace(said, link="down") if said is not None else CityCount(city, now_ms, "down")
        return said

    async def _keep(self, number: int) -> None:
        """One worker, started again when it is lost."""
        while True:
            words = ["-m", "dispatch.cli.province_worker", "--parent", str(os.getpid())]
            words += ["--drill"] if self._drill else []
            words += ["--config", str(self._config)] if self._config is not None else []
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *words,
                *self.parts[number],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LONGEST_LINE,
            )
            self.pids[number] = process.pid
            try:
                await self._hear(process)
            finally:
                self.pids.pop(number, None)
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            await asyncio.sleep(AGAIN_S)

    async def _hear(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        async for line in process.stdout:
            for one in msgspec.json.decode(line, type=list[CityCount]):
                self._said[one.city] = one
