"""The columns of the Parquet files, and how they are written: the only module that knows pyarrow."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import ModuleType

from dispatch.domain.errors import DispatchError
from dispatch.language import _

ROWS_AT_ONCE = 50_000
"""Rows of a row group: some tens of megabytes in memory, whatever the log's length."""


@dataclass(frozen=True, slots=True)
class Column:
    """`kind`: int64, int32, float64, bool, string, or timestamp (milliseconds, UTC)."""

    name: str
    kind: str
    meaning: str
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of file. `version` grows when a column changes its meaning or goes."""

    name: str
    version: int
    columns: tuple[Column, ...]

    @property
    def schema_name(self) -> str:
        return f"czt/{self.name}/{self.version}"


AUDIT = Table(
    "audit",
    1,
    (
        Column("seq", "int64", "number of the row in its log, from 1 without a gap"),
        Column("id", "string", "UUID of version 7 of the row"),
        Column("ts", "timestamp", "when it was written, by the clock of its program"),
        Column("city", "string", "city of the program that wrote it"),
        Column("console", "string", "name of that program"),
        Column("role", "string", "role of whoever did it"),
        Column("drill", "bool", "whether it was done in a drill"),
        Column("action", "string", "what was done, as unit.chosen"),
        Column("family", "string", "the action up to its dot"),
        Column("target", "string", "unit, incident, bank or record; null where it may be a person", True),
        Column("detail", "string", "JSON, keys in order; without persons only the keys of export.toml"),
        Column("actor", "string", "operator; null without persons", True),
        Column("prev", "string", "hash of the row before; null without persons", True),
        Column("hash", "string", "SHA-256 of the row, hexadecimal; null without persons", True),
    ),
)
TRACKS = Table(
    "tracks",
    1,
    (
        Column("unit", "string", "vehicle"),
        Column("ts", "timestamp", "when it was there, by the clock of its terminal"),
        Column("lat", "float64", "degrees, WGS-84"),
        Column("lon", "float64", "degrees, WGS-84"),
        Column("joined", "bool", "heard all the way since the position before: the line between is its way"),
        Column("city", "string", "city of its centre"),
        Column("drill", "bool", "whether it was in a drill"),
    ),
)
TABLES = (AUDIT, TRACKS)


def write_parquet(
    path: Path, table: Table, rows: Iterable[Mapping[str, object]], said: Mapping[str, str]
) -> int:
    """Write a file as a whole and return its rows; the same rows give the same bytes.

    DispatchError: it cannot be written. `said` goes into the metadata of the file, beside its schema.
    """
    arrow, parquet = _libraries()
    unfinished = path.with_name(path.name + ".part")
    schema = _schema(arrow, table, {"czt.schema": table.schema_name, **said})
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with parquet.ParquetWriter(unfinished, schema, compression="zstd", version="2.6") as writer:
            for some in _pieces(rows):
                writer.write_table(arrow.Table.from_pylist(some, schema=schema))
                count += len(some)
        _sync(unfinished)
        unfinished.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise DispatchError(
            _("cannot write {file}: {error}", file=path, error=error.strerror or error)
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def writer_name() -> str:
    """The library that writes, with its version: other versions may give other bytes."""
    arrow, _parquet = _libraries()
    return f"pyarrow {arrow.__version__}"


def _libraries() -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise DispatchError(
            _("pyarrow is not installed: pip install 'czt-dispatch[export]', or pip install pyarrow")
        ) from error
    return pa, parquet


def _schema(arrow: ModuleType, table: Table, said: Mapping[str, str]) -> object:
    kinds = {
        "int64": arrow.int64(),
        "float64": arrow.float64(),
        "bool": arrow.bool_(),
        "string": arrow.string(),
        "timestamp": arrow.timestamp("ms", tz="UTC"),
    }
    fields = [arrow.field(one.name, kinds[one.kind], nullable=one.nullable) for one in table.columns]
    return arrow.schema(fields, metadata=dict(sorted(said.items())))


def _pieces(rows: Iterable[Mapping[str, object]]) -> Iterator[list[Mapping[str, object]]]:
    coming = iter(rows)
    while some := list(islice(coming, ROWS_AT_ONCE)):
        yield some


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
