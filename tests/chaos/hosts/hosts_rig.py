"""One case on three hosts: calm, the troubles of the case, healing, and an end. Nothing here judges.

What was done, and when, stands in `happened.jsonl`.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from dispatch.settings import load
from tests.chaos.cities.journal import Journal, Line, now_ms, read_journal
from tests.chaos.cities.open_things import open_things
from tests.chaos.cities.small_cities import CITIES, write_ground
from tests.chaos.hosts.cases import Case, Cut, Kill, Pair
from tests.chaos.hosts.clocks import Clocks
from tests.chaos.hosts.host import Host, console_name
from tests.chaos.hosts.network import Hosts
from tests.chaos.hosts.site import BANKS, CONSOLES, Site

CALM_S = 3.0
READY_WITHIN_S = 240.0
RESOLVED_WITHIN_S = 60.0
LOOK_S = 0.5
QUIET_S = 2.0
"""Nothing has been open for so long: a desk may still answer what it only now hears of."""


class HostsRig:
    """One run; everything it leaves behind is in `folder`."""

    def __init__(self, folder: Path, case: Case, hosts: Hosts) -> None:
        self.folder, self.case, self.hosts = folder, case, hosts
        folder.mkdir(parents=True)
        self.happened = Journal(folder / "happened.jsonl")
        self.site = Site(folder, case.centres)
        self.clocks = Clocks(folder)
        self.host: dict[str, Host] = {}
        self._held: Counter[tuple[str, str]] = Counter()
        """(from, to) -> for how many reasons nothing goes that way."""
        self._down: set[str] = set()
        self._enough = False

    async def run(self) -> None:
        """The whole of it: every program is gone at the end, every cable whole."""
        self.happened.note(
            "began", case=self.case.name, seed=self.case.seed, centres=self.case.centres,
            clocks=self.case.clocks if self.clocks.can_be_wrong() else {},
        )  # fmt: skip
        async with self._everything() as stock:
            await self._until_ready()
            await self._phase("calm", CALM_S)
            self.happened.note("phase", name="trouble")
            async with asyncio.TaskGroup() as tasks:
                for cut in self.case.cuts:
                    tasks.create_task(self._cut(cut))
                for kill in self.case.kills:
                    tasks.create_task(self._kill(kill))
                tasks.create_task(asyncio.sleep(self.case.lasts_s))
            for city in self.case.clocks:
                self._set_clock(city, 0.0)
            self.happened.note("phase", name="healed")
            self.host[CITIES[0]].quiet.touch()
            self._enough = True
            await asyncio.gather(*stock)
            await self._resolve()

    @asynccontextmanager
    async def _everything(self) -> AsyncIterator[list[asyncio.Task[None]]]:
        self.site.make()
        self.clocks.make()
        for city, ahead_s in self.case.clocks.items():
            self._set_clock(city, ahead_s)
        ground = self.folder / "ground.json"
        units = write_ground(load(self.site.config(CITIES[0])), ground)
        for city in CITIES:
            clock = self.clocks.environment(city)
            self.host[city] = Host(
                city, self.site, self.hosts, ground, units[city], clock, self.case.seed, self.case.pace
            )
        stock: list[asyncio.Task[None]] = []
        try:
            for host in self.host.values():
                await host.start()
            stock += [asyncio.create_task(one.keep_stock(lambda: self._enough)) for one in self.host.values()]
            yield stock
        finally:
            for task in stock:
                task.cancel()
            await asyncio.gather(*(host.stop() for host in self.host.values()))
            for way in list(self.hosts.cut):
                self.hosts.mend_way(*way)

    def _set_clock(self, city: str, ahead_s: float) -> None:
        if self.clocks.can_be_wrong():
            self.clocks.set(city, ahead_s)
            self.happened.note("clock wrong" if ahead_s else "clock right", city=city, ahead_s=ahead_s)

    # --- the course -------------------------------------------------------------------------------

    async def _until_ready(self) -> None:
        """Every console sees its own city; the first ones also those that can be believed."""
        async with asyncio.timeout(READY_WITHIN_S):
            consoles = [console_name(city, node) for city in CITIES for node in CONSOLES]
            while not all(self._lives(name, ready=True) for name in consoles):
                dead = [one.name for host in self.host.values() for one in host.programs if not one.alive]
                if dead:
                    raise RuntimeError(f"{', '.join(dead)} ended at the start: see the logs in {self.folder}")
                await asyncio.sleep(LOOK_S)

    def _shown(self, console: str) -> list[Line]:
        return read_journal(self.folder / "consoles" / console / "shown.jsonl")

    async def _phase(self, name: str, seconds: float) -> None:
        self.happened.note("phase", name=name)
        await asyncio.sleep(seconds)

    async def _resolve(self) -> None:
        """Wait until nothing is open, and stays so; what still is when the time is over is written down."""
        loop = asyncio.get_running_loop()
        until = loop.time() + RESOLVED_WITHIN_S
        quiet_since: float | None = None
        quiet_ms, left = 0, list[str]()
        while loop.time() < until and (quiet_since is None or loop.time() < quiet_since + QUIET_S):
            left = await asyncio.to_thread(self._left)
            if left:
                quiet_since = None
            elif quiet_since is None:
                quiet_since, quiet_ms = loop.time(), now_ms()
            await asyncio.sleep(LOOK_S)
        if left:
            self.happened.note("phase", name="gave up", left=left)
        else:
            self.happened.note("phase", name="resolved", left=[], ms=quiet_ms)
        programs = [program for host in self.host.values() for program in host.programs]
        self.happened.note(
            "ended",
            dead=[one.name for one in programs if not one.alive],
            starts={one.name: one.starts for one in programs},
        )

    def _left(self) -> list[str]:
        """What waits: all that the other judge looks at, and stock that some console shows otherwise."""
        left = open_things(self.folder)
        for city in CITIES:
            for node in CONSOLES:
                name = console_name(city, node)
                shown = {line["bank"]: line["lots"] for line in self._shown(name) if line["did"] == "stock"}
                left += [
                    f"console {name}: stock of {bank} is not as the blood centre says"
                    for of, bank in BANKS.items()
                    if shown.get(bank) != self.host[of].stock
                ]
        return left

    # --- what goes wrong --------------------------------------------------------------------------

    async def _cut(self, cut: Cut) -> None:
        await asyncio.sleep(cut.at_s)
        self._hold(cut.ways)
        self.happened.note("cut", ways=cut.ways)
        await asyncio.sleep(cut.for_s)
        self._let_go(cut.ways)
        self.happened.note("mended", ways=cut.ways)

    async def _kill(self, kill: Kill) -> None:
        """A host that is down answers nobody, and refuses nobody either: its cables are dead with it."""
        await asyncio.sleep(kill.at_s)
        host, others = self.host[kill.city], [city for city in CITIES if city != kill.city]
        touched = {one.name for one in host.of_kind(kill.what)}
        if self._down & touched:
            return  # some of it is down already
        self._down |= touched
        ways = [way for other in others for way in ((kill.city, other), (other, kill.city))]
        if kill.what == "host":
            self._hold(ways)
        await host.kill(kill.what)
        consoles = [one.name.partition(" ")[2] for one in host.of_kind(kill.what) if one.kind == "console"]
        lives = {name: self._lives(name, ready=False) for name in consoles}
        self.happened.note("down", what=kill.what, city=kill.city)
        await asyncio.sleep(kill.for_s)
        if kill.what == "host":
            self._let_go(ways)
        await host.start(kill.what)
        self._down -= touched
        self.happened.note("back", what=kill.what, city=kill.city)
        await self._at_work(consoles, lives)

    async def _at_work(self, consoles: list[str], lives: dict[str, int]) -> None:
        """Healing counts from when consoles that were started again see their city."""
        async with asyncio.timeout(READY_WITHIN_S):
            while not all(self._lives(name, ready=True) > lives[name] for name in consoles):  # noqa: ASYNC110 - it is in another process
                await asyncio.sleep(LOOK_S)

    def _lives(self, console: str, *, ready: bool) -> int:
        """How many lives a console had so far; with `ready` none when its last one is not at work yet."""
        did = [line["did"] for line in self._shown(console)]
        at_work = "ready" in did[len(did) - 1 - did[::-1].index("woke") :] if "woke" in did else False
        return did.count("woke") if at_work or not ready else 0

    def _hold(self, ways: Iterable[Pair]) -> None:
        for way in ways:
            self._held[way] += 1
            self.hosts.cut_way(*way)

    def _let_go(self, ways: Iterable[Pair]) -> None:
        for way in ways:
            self._held[way] -= 1
            if not self._held[way]:
                self.hosts.mend_way(*way)
