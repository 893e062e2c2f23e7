"""Documents onto the disk, and onto the printer of this machine."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch.desk.document import Document, as_html, as_text
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.settings.printing import PrintingRules
from dispatch.text import safe_text

FOLDER = "printed"
_SAID = 200
"""Characters of what a printer command complains of."""


class NotPrinted(DispatchError):
    """Nothing came onto paper, in one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """Where a document lies."""

    text: Path
    html: Path

    def file(self, rules: PrintingRules) -> Path:
        """The one that the printer gets."""
        return self.html if rules.format == "html" else self.text


def write(document: Document, folder: Path) -> Written:
    """Both files; blocks. NotPrinted when they cannot be written."""
    return write_both(document.name, as_text(document), as_html(document), folder)


def write_both(name: str, text: str, html: str, folder: Path) -> Written:
    """The same of a document that was written elsewhere; `name` is the files', without an ending."""
    written = Written(folder / f"{name}.txt", folder / f"{name}.html")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        written.text.write_text(text, "utf-8")
        written.html.write_text(html, "utf-8")
        for path in (written.text, written.html):
            path.chmod(0o600)
    except OSError as error:
        problem = _("cannot write {file}: {error}", file=written.text, error=error.strerror or error)
        raise NotPrinted(problem) from error
    return written


async def print_out(written: Written, rules: PrintingRules) -> None:
    """Give it to the printer; NotPrinted says why it did not come out, and where the file lies."""
    file = written.file(rules)
    if not rules.command:
        raise NotPrinted(
            _("there is no printer: set command in printing.toml; the document is {file}", file=written.html)
        )
    code, said = await _run((*rules.command, str(file)), rules)
    if code != 0:
        facts = {
            "command": rules.command[0],
            "code": code,
            "said": safe_text(said.strip(), _SAID),
            "file": file,
        }
        raise NotPrinted(
            _("the printer command {command} failed ({code}): {said}; the document is {file}", **facts)
        )


async def _run(command: Sequence[str], rules: PrintingRules) -> tuple[int, str]:
    """Exit code, and what it said on standard error."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        return 127, str(error.strerror or error)
    try:
        async with asyncio.timeout(rules.timeout_s):
            _out, said = await process.communicate()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return 124, _("no answer within {seconds:g} s", seconds=rules.timeout_s)
    return process.returncode or 0, said.decode("utf-8", "replace")
