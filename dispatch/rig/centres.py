"""The centres of a drill: a real `czt centre` for each city, as a child process with a folder of its own."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from dispatch.domain.geography import CityCode
from dispatch.language import current

GOODBYE_S = 5.0
FOLDER = "centres"
LOG = "centre.log"


class CentreChild:
    """One city's centre. What it says and complains of stands in its log."""

    def __init__(self, city: CityCode, shared: tuple[str, ...], folder: Path) -> None:
        """`shared` are the arguments that every program of the drill is given."""
        self.city, self.folder = city, folder / FOLDER / city
        self.starts = 0
        self._command = [
            *(sys.executable, "-m", "dispatch", "--lang", current(), "centre", city),
            *("--data", str(self.folder), *shared),
        ]
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process while it lives; None: it is gone."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    async def start(self) -> None:
        """Start it on what its folder holds."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.starts += 1
        with (self.folder / LOG).open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )

    async def stop(self) -> None:
        """Ask it to end, and end it when it does not."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(GOODBYE_S):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def stop_all(centres: Iterable[CentreChild]) -> None:
    """End all of them at once."""
    await asyncio.gather(*(centre.stop() for centre in centres))
