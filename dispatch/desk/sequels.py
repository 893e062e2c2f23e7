"""What is to be done once a unit has been called back: kept on the disk until it is done."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from dispatch.desk.file import DeskFile
from dispatch.domain.incidents import Ending, IncidentId
from dispatch.domain.operators import By
from dispatch.domain.orders import RequestId
from dispatch.domain.units import UnitId


class What(StrEnum):
    SEND = "send"  # the unit goes to another incident
    CLOSE = "close"  # the incident ends


@dataclass(frozen=True, slots=True)
class Sequel:
    """One intention of an operator that waits for a crew."""

    id: str
    what: What
    incident: IncidentId
    """Where the unit goes next, or what is closed."""
    by: By
    made_ms: int
    unit: UnitId | None = None
    request: RequestId | None = None
    """The order that the unit is called back from."""
    ending: Ending | None = None
    reason: str = ""


_SEQUEL = TypeAdapter(Sequel)


class Sequels:
    """The intentions of one desk."""

    def __init__(self, file: DeskFile) -> None:
        self._file = file
        said = file.read("SELECT said FROM sequels ORDER BY rowid")
        self.all: dict[str, Sequel] = {
            one.id: one for one in (_SEQUEL.validate_json(str(s)) for (s,) in said)
        }

    async def keep(self, sequel: Sequel) -> None:
        """Write it down; an intention about the same subject takes the place of the one before."""
        await self._file.execute(
            "INSERT INTO sequels (id, said) VALUES (?, ?) "
            "ON CONFLICT (id) DO UPDATE SET said = excluded.said",
            (sequel.id, _SEQUEL.dump_json(sequel).decode()),
        )
        self.all[sequel.id] = sequel

    async def drop(self, sequel: Sequel) -> None:
        """It is done, or given up."""
        await self._file.execute("DELETE FROM sequels WHERE id = ?", (sequel.id,))
        self.all.pop(sequel.id, None)
