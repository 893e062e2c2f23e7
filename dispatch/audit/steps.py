"""The versions of a database's tables, from one to the next.

A file carries its version in SQLite's `user_version`. What a newer version of this program wrote is not
opened: reading it would be a guess.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.errors import AuditUnavailable
from dispatch.language import _

FIRST = 1


@dataclass(frozen=True, slots=True)
class Step:
    """From the version before to `version`, and back: SQL statements, each of them whole.

    `back` must leave every table and row that the version before reads. What it cannot keep belongs into
    `loses`, a sentence for whoever goes back.
    """

    version: int
    about: str
    forward: tuple[str, ...]
    back: tuple[str, ...]
    loses: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """One kind of file: its name for people, its mark in the file, and every step since version 1."""

    name: str
    application_id: int
    steps: tuple[Step, ...] = ()

    @property
    def newest(self) -> int:
        """The version that this program writes."""
        return self.steps[-1].version if self.steps else FIRST

    def between(self, low: int, high: int) -> tuple[Step, ...]:
        """The steps after `low` up to `high`, in their order."""
        return tuple(step for step in self.steps if low < step.version <= high)


def version_of(connection: sqlite3.Connection) -> int:
    """The version that a file carries; 0: it was never given one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def refuse_newer(connection: sqlite3.Connection, path: Path, newest: int) -> None:
    """AuditUnavailable for a file that a newer version of this program wrote: reading it would be a guess."""
    found = version_of(connection)
    if found > newest:
        raise AuditUnavailable(
            _(
                "{file} was written by a newer version of this program (its tables are version {found}, this "
                "program knows up to {newest}): install the newer version again, or use it to go back with "
                "`czt database back {file} --to {newest}`",
                file=path,
                found=found,
                newest=newest,
            )
        )


def adopt(connection: sqlite3.Connection, path: Path, newest: int = FIRST) -> None:
    """Refuse a newer file; give the number to one that was made before files had it."""
    refuse_newer(connection, path, newest)
    if version_of(connection) == 0:
        connection.execute(f"PRAGMA user_version = {newest}")
