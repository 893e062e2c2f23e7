"""manifest.json of an export: which file holds what, and what of it need not be written again."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.warehouse.tables import digest_of

NAME = "manifest.json"
LISTED = "files_1"
"""Its number grows when a list of another form must not be gone on with."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an export. `head`: hash of its last row in the log; `sealed`: it never changes again."""

    file: str
    schema: str
    log: str
    first: int
    last: int
    rows: int
    head: str
    personal: bool
    sealed: bool
    edition: str
    writer: str
    sha256: str = ""

    def like(self, other: "Part") -> bool:
        """Whether it was made from the same rows in the same way."""
        return _made(self) == _made(other)


def _made(part: Part) -> dict[str, object]:
    return {name: value for name, value in asdict(part).items() if name not in ("sha256", "rows")}


class Manifest:
    """The list in an export's folder; written anew after each file, so that a broken export goes on."""

    def __init__(self, folder: Path) -> None:
        """DispatchError when one is there that cannot be read."""
        self.folder = folder
        self.parts: dict[str, Part] = {}
        file = folder / NAME
        if not file.is_file():
            return
        try:
            said = json.loads(file.read_text("utf-8"))
            self.parts = {one["file"]: Part(**one) for one in said[LISTED]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DispatchError(
                _("{file} cannot be read: {error}; name another folder", file=file, error=error)
            ) from error

    def holds(self, part: Part) -> Part | None:
        """The same part, if it was written and its file is as it was left."""
        known = self.parts.get(part.file)
        file = self.folder / part.file
        if known is None or not known.like(part) or not file.is_file() or digest_of(file) != known.sha256:
            return None
        return known

    def put(self, part: Part) -> None:
        """Note a file that is written."""
        self.parts[part.file] = part
        self._write()

    def drop(self, name: str) -> None:
        """Forget a file, and remove it."""
        if self.parts.pop(name, None) is not None:
            (self.folder / name).unlink(missing_ok=True)
            self._write()

    def _write(self) -> None:
        listed = [asdict(self.parts[name]) for name in sorted(self.parts)]
        text = json.dumps({LISTED: listed}, indent=1, ensure_ascii=False) + "\n"
        fresh = self.folder / f"{NAME}.new"
        with fresh.open("w", encoding="utf-8") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        fresh.replace(self.folder / NAME)
