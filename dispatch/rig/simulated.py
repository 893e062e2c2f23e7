"""The simulators of a drill: one child process, real MQTT publishers with one connection for each city."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dispatch.language import current
from dispatch.rig.plan import DrillPlan

GOODBYE_S = 5.0
READY_S = 25.0
"""A drill whose simulators do not say so within this time begins all the same; they come when they come."""
SIMULATOR_LOG = "simulators.log"


@asynccontextmanager
async def simulators(
    plan: DrillPlan, shared: tuple[str, ...], folder: Path, ended: asyncio.Event, said: dict[str, object]
) -> AsyncIterator[None]:
    """Run them for the length of a block, which begins when they have spoken in every city.

    Their summary ends up in `said`, and `ended` tells when they go.

    `shared` are the arguments that every program of the drill is given.
    """
    command = [
        *(sys.executable, "-m", "simulators", *shared, "--language", current()),
        *("--scenario", str(plan.file), "--seed", str(plan.seed)),
    ]
    if plan.staffed is not None:
        command += ["--staffed", plan.staffed]
    with (folder / SIMULATOR_LOG).open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=log
        )
        watching = asyncio.create_task(_watch(child, ended), name="watch the simulators")
        try:
            await _ready(child)
            yield
        finally:
            watching.cancel()
            said.update(await _end(child))


async def _ready(child: asyncio.subprocess.Process) -> None:
    """Until they have printed a line, or are gone."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(READY_S):
            if child.stdout is not None:
                await child.stdout.readline()


async def _watch(child: asyncio.subprocess.Process, ended: asyncio.Event) -> None:
    await child.wait()
    ended.set()


async def _end(child: asyncio.subprocess.Process) -> dict[str, object]:
    """Ask the simulators to stop, and take the summary they print; kill them when they do not."""
    if child.returncode is None:
        child.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(GOODBYE_S):
            said, _nothing = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        return {"failure": "the simulators did not stop and were killed"}
    try:
        summary = json.loads(said.decode().strip().splitlines()[-1])
    except (ValueError, IndexError):
        return {"failure": f"the simulators ended with code {child.returncode}: see {SIMULATOR_LOG}"}
    return summary if isinstance(summary, dict) else {"failure": "the simulators printed no summary"}
