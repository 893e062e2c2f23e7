"""What a desk prints: written down, kept, given to the printer."""

import asyncio
from pathlib import Path

from dispatch.desk.document import Document
from dispatch.desk.outcome import Outcome
from dispatch.desk.paper_out import FOLDER, NotPrinted, Written, print_out, write
from dispatch.desk.part import Kit, Part
from dispatch.language import _


class Printing(Part):
    """`folder` is the desk's own."""

    def __init__(self, kit: Kit, folder: Path) -> None:
        super().__init__(kit)
        self._folder = folder / FOLDER

    async def keep(self, document: Document) -> Outcome:
        """Only the files."""
        try:
            written = await self._written(document, "file")
        except NotPrinted as error:
            return Outcome(ok=False, message=str(error))
        return Outcome(ok=True, message=_("written to {file}", file=written.html))

    async def put_out(self, document: Document) -> Outcome:
        """The files, and paper."""
        rules = self.configuration.printing
        try:
            written = await self._written(document, "printer")
            await print_out(written, rules)
        except NotPrinted as error:
            return Outcome(ok=False, message=str(error))
        return Outcome(ok=True, message=_("given to the printer: {title}", title=document.title))

    async def shown(self, document: Document) -> None:
        """It was shown elsewhere: in a browser, which prints it."""
        self.record_soon("document.printed", document.name, {"to": "browser"})

    async def _written(self, document: Document, to: str) -> Written:
        written = await asyncio.to_thread(write, document, self._folder)
        self.record_soon("document.printed", document.name, {"to": to, "file": written.html.name})
        return written
