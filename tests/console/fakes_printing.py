"""Printing as a fake desk does it: it notes what was printed where."""

from collections.abc import Callable

from dispatch.desk.document import Document
from dispatch.desk.outcome import Outcome


class FakePrinting:
    """Satisfies dispatch.console.ports.Printing."""

    def __init__(self, did: Callable[[str, dict[str, object]], None]) -> None:
        self._did = did

    async def keep(self, document: Document) -> Outcome:
        return self._put(document, "file")

    async def put_out(self, document: Document) -> Outcome:
        return self._put(document, "paper")

    async def shown(self, document: Document) -> None:
        self._put(document, "browser")

    def _put(self, document: Document, to: str) -> Outcome:
        self._did("print", {"document": document, "to": to})
        return Outcome(ok=True, message=f"{document.title}: {to}")
