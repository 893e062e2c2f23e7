"""The console process behind one browser: textual-serve speaks with it, this starts and ends it."""

import asyncio
import contextlib
import logging
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from dispatch.web.ticket import Ticket, send

ConsoleCommand = Callable[[int], Sequence[str]]
SIGNED_OUT = 3
"""Exit code of a console whose operator signed out, or lost the seat."""
END_WITHIN_S = 10.0
KILLED_WITHIN_S = 5.0
_log = logging.getLogger("czt.serve")


def console_command(descriptor: int) -> Sequence[str]:
    """How the console behind a browser is called: no command of `czt`, for it takes only a ticket."""
    return (sys.executable, "-m", "dispatch.cli.seated", str(descriptor))


class ConsoleChild(AppService):
    """One console; `start` begins it, `end` ends it whatever it does. `ended` is set once it is gone."""

    def __init__(
        self,
        ticket: Ticket,
        *,
        write_bytes: Callable[[bytes], Awaitable[None]],
        write_str: Callable[[str], Awaitable[None]],
        close: Callable[[], Awaitable[None]],
        downloads: DownloadManager,
        command: ConsoleCommand = console_command,
    ) -> None:
        super().__init__(
            "", write_bytes=write_bytes, write_str=write_str, close=close, download_manager=downloads
        )
        self._ticket, self._called = ticket, command
        self._door: socket.socket | None = None
        self._ending: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return None if self._process is None else self._process.returncode

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """As textual-serve does, but without a shell, and with the ticket on a socket only it inherits."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = process = await asyncio.create_subprocess_exec(
                *self._called(theirs.fileno()),
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=self._build_environment(width, height),
                pass_fds=(theirs.fileno(),),
            )
        self._door, self._stdin = ours, process.stdin
        send(self._ticket, ours)
        return process

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        environment = super()._build_environment(width, height)
        environment["TEXTUAL_FPS"] = "30"
        environment["CZT_LANG"] = self._ticket.language
        return environment

    async def start(self, width: int, height: int) -> None:
        await super().start(width, height)
        self._watching = asyncio.create_task(self._watch(), name="console ended")

    async def _watch(self) -> None:
        """A console that falls says nothing: its browser is told by this."""
        if self._process is not None:
            await self._process.wait()
            await self.remote_close()

    async def end(self) -> None:
        """Ask it to end, then make it; asked for twice, it is done once."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(), name="console ends")
        await asyncio.shield(self._ending)

    async def _end(self) -> None:
        process = self._process
        if process is None:
            return
        try:
            async with asyncio.timeout(END_WITHIN_S):
                with contextlib.suppress(ConnectionError):
                    await self.stop()
                await process.wait()
        except TimeoutError:
            _log.warning("the console of %s did not end when it was asked: killed", self._ticket.node)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(KILLED_WITHIN_S):
                    await process.wait()
        finally:
            if self._door is not None:
                self._door.close()
