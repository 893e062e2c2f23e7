"""The cells of a CSV as other programs write it: encoding, separator, line ends, comments."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.text import decoded

SEPARATORS = ",;\t|"
LIMIT_MB = 512
Row = tuple[int, tuple[str, ...]]


class BadRow(DispatchError):
    """A row of an input file that cannot be used: names file and line."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")
        self.line = line


def read_rows(path: Path) -> tuple[list[Row], str]:
    """Every row that is no comment with its line number, all as wide as the first; and the separator.

    Empty cells behind the last column are dropped. BadRow for ragged rows, DispatchError for a bad file.
    """
    text = _text(path)
    separator, skipped = _separator(text)
    rows = [row for row in _rows(path, text, separator) if row[0] > skipped]
    if not rows:
        raise DispatchError(_("{file} is empty", file=path))
    width = len(rows[0][1])
    found = []
    for line, cells in rows:
        kept = cells[:width] if not any(cell.strip() for cell in cells[width:]) else cells
        if len(kept) != width:
            problem = _("{found} cells; the first line has {width}", found=len(kept), width=width)
            raise BadRow(str(path), line, problem)
        found.append((line, kept))
    return found, separator


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LIMIT_MB * 1_000_000:
            raise DispatchError(_("{file} is larger than {limit} MB", file=path, limit=LIMIT_MB))
        raw = path.read_bytes()
    except OSError as error:
        raise DispatchError(_("cannot read {file}: {error}", file=path, error=cause(error))) from error
    found = None if raw.startswith(b"PK\x03\x04") else decoded(raw)
    if found is None:
        raise DispatchError(_("{file} is no text in UTF-8 or GB18030: save it as CSV UTF-8", file=path))
    return found[0]


def _separator(text: str) -> tuple[str, int]:
    """What parts the cells (" ": blanks), and how many lines only say so (sep=; of a spreadsheet)."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    first = lines[0] if lines else ""
    if first.lower().startswith("sep=") and len(first) == len("sep=;"):
        return first[-1], text.splitlines().index(first) + 1
    separator = max(SEPARATORS, key=_outside_quotes(first).count)
    if separator in first:
        return separator, 0
    widths = {len(line.split()) for line in lines}
    return (" " if len(widths) == 1 and widths != {1} else ","), 0


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _rows(path: Path, text: str, separator: str) -> Iterator[Row]:
    if separator == " ":
        for line, content in enumerate(text.splitlines(), 1):
            if content.strip() and not content.lstrip().startswith("#"):
                yield line, tuple(content.split())
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            if any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#"):
                yield reader.line_num, tuple(row)
    except csv.Error as error:
        raise BadRow(str(path), reader.line_num, str(error)) from error
