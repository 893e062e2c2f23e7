"""A console over a fake desk in the terminal it is given; its state is written into a file as it changes.

python -m tests.console.pty_child FILE
"""

import json
import sys
from pathlib import Path

from textual import events

from dispatch.console.app import ConsoleApp
from dispatch.console.widgets.commandline import CommandLine
from tests.console.fakes import FakeDesk, fake_desk


class WatchedConsole(ConsoleApp):
    """Counts the keys it hears, and says after each what it stands at."""

    def __init__(self, desk: FakeDesk, file: Path) -> None:
        super().__init__(desk)
        self.fake, self.file, self.heard = desk, file, 0

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(0.05, self.tell)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.heard += 1
        await super().on_event(event)

    def tell(self) -> None:
        """The state of this moment, whole or not at all."""
        state = {
            "screen": self.screen_name,
            "ready": self.base_screen is not None and self.base_screen.ready,
            "line": isinstance(self.screen, CommandLine),
            "open": len(self.screen_stack),
            "acts": len(self.fake.acts),
            "keys": self.heard,
            "waiting": self._lone_keys.waiting or self._held.waiting,
        }
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(state), "utf-8")
        fresh.replace(self.file)


if __name__ == "__main__":
    WatchedConsole(fake_desk(), Path(sys.argv[1])).run()
