"""The simulators of a drill: one child process, real MQTT publishers with one connection for each city."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from dispatch.language import current
from dispatch.rig.plan import DrillPlan

GOODBYE_S = 5.0
READY_S = 25.0
"""A drill whose simulators do not say so within this time begins all the same; they come when they come."""
SIMULATOR_LOG = "simulators.log"
_READY = "ready"


Told = Callable[[str, Mapping[str, str | int]], None]


class Simulated:
    """The child process.

    `on_happened` gets the key of each event that happened, and what it did; `on_ended` that of each event
    that was ended before its time.
    """

    def __init__(self, on_happened: Told, on_ended: Told) -> None:
        self.ended = asyncio.Event()
        """Set when it is gone."""
        self.said: dict[str, object] = {}
        """Its summary, at the end."""
        self._on_happened, self._on_ended = on_happened, on_ended
        self._ready = asyncio.Event()
        self._last = ""
        self._child: asyncio.subprocess.Process | None = None

    async def inject(self, key: str, event: Mapping[str, object]) -> bool:
        """Let an event happen; False: the process is gone."""
        return await self._ask({"key": key, "event": dict(event)})

    async def end(self, key: str) -> bool:
        """End an event, or call it off; False: the process is gone."""
        return await self._ask({"end": key})

    async def _ask(self, what: Mapping[str, object]) -> bool:
        child = self._child
        if child is None or child.stdin is None or child.returncode is not None:
            return False
        child.stdin.write((json.dumps(what) + "\n").encode())
        try:
            await child.stdin.drain()
        except OSError:
            return False
        return True

    @asynccontextmanager
    async def playing(self, plan: DrillPlan, shared: tuple[str, ...], folder: Path) -> AsyncIterator[None]:
        """Run it for the length of a block, which begins when it has spoken in every city.

        `shared` are the arguments that every program of the drill is given.
        """
        command = [
            *(sys.executable, "-m", "simulators", *shared, "--language", current(), "--steered"),
            *("--scenario", str(plan.file), "--seed", str(plan.seed)),
        ]
        if plan.staffed is not None:
            command += ["--staffed", plan.staffed]
        with (folder / SIMULATOR_LOG).open("wb") as log:
            child = self._child = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log
            )
            listening = asyncio.create_task(self._listen(child), name="listen to the simulators")
            try:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(READY_S):
                        await self._ready.wait()
                yield
            finally:
                self.said.update(await self._end(child, listening))

    async def _listen(self, child: asyncio.subprocess.Process) -> None:
        """Every line it prints, until it is gone."""
        if child.stdout is not None:
            async for raw in child.stdout:
                self._take(raw.decode("utf-8", "replace").strip())
        await child.wait()
        self._ready.set()
        self.ended.set()

    def _take(self, line: str) -> None:
        if line == _READY:
            self._ready.set()
            return
        try:
            told = json.loads(line)
        except ValueError:
            return
        if isinstance(told, dict) and "happened" in told:
            self._on_happened(str(told["happened"]), told.get("did") or {})
        elif isinstance(told, dict) and "ended" in told:
            self._on_ended(str(told["ended"]), told.get("did") or {})
        else:
            self._last = line

    async def _end(
        self, child: asyncio.subprocess.Process, listening: asyncio.Task[None]
    ) -> dict[str, object]:
        """Ask the simulators to stop, and take the summary they print; kill them when they do not."""
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(GOODBYE_S):
                await listening
        except TimeoutError:
            child.kill()
            await child.wait()
            return {"failure": "the simulators did not stop and were killed"}
        try:
            summary = json.loads(self._last)
        except ValueError:
            return {"failure": f"the simulators ended with code {child.returncode}: see {SIMULATOR_LOG}"}
        return summary if isinstance(summary, dict) else {"failure": "the simulators printed no summary"}
