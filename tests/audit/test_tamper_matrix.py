"""Every way to tamper with a log against every layer that protects it: what each layer sees, and what not."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import rfc8785

from dispatch.audit import chain, gate, schema
from dispatch.audit.checkpoint import Opened
from dispatch.audit.entry import row_hash
from dispatch.audit.merkle import Frontier
from dispatch.audit.notes import BadNote
from dispatch.audit.verify import verify
from dispatch.domain.errors import AuditUnavailable
from tests.audit.logs import tamper
from tests.audit.signing import note_of, opened

SIZE = 90
"""Of its hundred rows, so many are under a checkpoint."""


@dataclass(frozen=True)
class Case:
    """A log that somebody changed, and the checkpoints that go with it."""

    path: Path
    before: Path
    signed: Opened
    """What is presented with the log as signed by its own city."""
    witnessed: Opened
    """What another city kept: always of the true history."""


# --- the layers: each alone says whether it sees something ------------------------------------------


def triggers(case: Case) -> bool:
    """Whether any row of the tables that are there now still refuses to be changed, removed or put in."""
    with closing(sqlite3.connect(case.path)) as connection:
        for statement in (
            "UPDATE audit SET body = body WHERE seq = 50",
            "DELETE FROM audit WHERE seq = 50",
            "INSERT INTO audit (seq, body, hash) SELECT 500, json_set(body, '$.seq', 500), hash"
            " FROM audit WHERE seq = 50",
        ):
            try:
                connection.execute(statement)
            except sqlite3.IntegrityError:
                connection.rollback()
                continue
            connection.rollback()
            return True
    return False


def chained(case: Case) -> bool:
    with closing(sqlite3.connect(case.path)) as connection:
        try:
            return chain.first_fault(chain.whole(connection)) is not None
        except sqlite3.DatabaseError:
            return True


def fingerprint(case: Case) -> bool:
    with closing(sqlite3.connect(case.path)) as one, closing(sqlite3.connect(case.before)) as other:
        changed = schema.fingerprint(one) != schema.fingerprint(other)
        assert changed == bool(schema.differences(one))
        return changed


def integrity(case: Case) -> bool:
    with closing(sqlite3.connect(case.path)) as connection:
        return gate.integrity(connection, quick=False) != ""


def at_start(case: Case) -> bool:
    with closing(sqlite3.connect(case.path)) as connection:
        try:
            gate.check(connection, case.path)
        except AuditUnavailable:
            return True
        return False


def root_differs(case: Case, checkpoint: Opened) -> bool:
    """The tree over the bodies as they are now, whatever their hashes say, against a checkpoint."""
    frontier = Frontier()
    with closing(sqlite3.connect(case.path)) as connection:
        try:
            for (body,) in connection.execute(
                "SELECT CAST(body AS BLOB) FROM audit ORDER BY seq LIMIT ?", (SIZE,)
            ):
                frontier.append(hashlib.sha256(b"\x00" + body).digest())
        except sqlite3.DatabaseError:
            return True
    return frontier.size != SIZE or frontier.root() != checkpoint.checkpoint.root


def signed(case: Case) -> bool:
    return root_differs(case, case.signed)


def witnessed(case: Case) -> bool:
    return root_differs(case, case.witnessed)


LAYERS: dict[str, Callable[[Case], bool]] = {
    "triggers": triggers,
    "chain": chained,
    "fingerprint": fingerprint,
    "integrity": integrity,
    "start": at_start,
    "signed": signed,
    "witnessed": witnessed,
}

# --- the ways to tamper ------------------------------------------------------------------------------


def rehashed(path: Path, first: int, **changes: object) -> None:
    """Row `first` changed, and every later link and hash made to fit."""
    with closing(sqlite3.connect(path)) as connection:
        bodies = [json.loads(body) for (body,) in connection.execute("SELECT body FROM audit ORDER BY seq")]
    bodies[first - 1].update(changes)
    prev, statements = bodies[0]["prev"], []
    for said in bodies:
        said["prev"] = prev
        body = rfc8785.dumps(said)
        prev = row_hash(body)
        change = f"UPDATE audit SET body = '{body.decode()}', hash = '{prev}'"  # noqa: S608
        statements.append(f"{change} WHERE seq = {said['seq']}")
    tamper(path, *statements)


def raw(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def destroy_index(path: Path) -> None:
    """An index page full of 0xA5, as a bad sector leaves it: no query of the chain ever reads it."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'audit_target'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek((page - 1) * size + 1000)
        file.write(b"\xa5" * 2000)


def swap(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT seq, body, hash FROM audit WHERE seq IN (40, 41)").fetchall()
    (one, body_1, hash_1), (other, body_2, hash_2) = found
    statement = "UPDATE audit SET body = json_set('{}', '$.seq', {}), hash = '{}' WHERE seq = {}"
    tamper(path, statement.format(body_2, one, hash_2, one), statement.format(body_1, other, hash_1, other))


DROPPED = ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete")
ROWS: dict[str, tuple[Callable[[Path], None], str]] = {
    "nothing at all": (lambda path: None, ""),
    "a row changed after a trigger was dropped and put back": (
        lambda path: tamper(path, "UPDATE audit SET body = replace(body, 'op-7', 'op-8') WHERE seq = 40"),
        "chain start signed witnessed",
    ),
    "a hash changed": (
        lambda path: tamper(
            path, "UPDATE audit SET hash = replace(hash, substr(hash, 1, 2), 'zz') WHERE seq = 40"
        ),
        "chain start",
    ),
    "a row changed together with its hash": (
        lambda path: _with_hash(path),
        "chain start signed witnessed",
    ),
    "a row taken out": (
        lambda path: tamper(path, "DELETE FROM audit WHERE seq = 40"),
        "chain start signed witnessed",
    ),
    "the first row taken out": (
        lambda path: tamper(path, "DELETE FROM audit WHERE seq = 1"),
        "chain start signed witnessed",
    ),
    "a row put at the end": (
        lambda path: tamper(
            path,
            "INSERT INTO audit (seq, body, hash) SELECT 101, json_set(body, '$.seq', 101), hash"
            " FROM audit WHERE seq = 40",
        ),
        "chain start",
    ),
    "two rows that changed places": (swap, "chain start signed witnessed"),
    "rows cut off the end": (
        lambda path: tamper(path, "DELETE FROM audit WHERE seq > 60"),
        "signed witnessed",
    ),
    "everything written anew from a row on": (
        lambda path: rehashed(path, 40, actor="op-8"),
        "signed witnessed",
    ),
    "everything written anew and signed anew by the city itself": (
        lambda path: rehashed(path, 40, actor="op-8"),
        "witnessed",
    ),
    "triggers taken away": (lambda path: raw(path, *DROPPED), "triggers fingerprint start"),
    "a trigger made weaker": (
        lambda path: raw(
            path, DROPPED[0], "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT 1; END"
        ),
        "triggers fingerprint start",
    ),
    "a trigger added": (
        lambda path: raw(path, "CREATE TRIGGER quiet AFTER INSERT ON audit BEGIN SELECT 1; END"),
        "fingerprint start",
    ),
    "an index page destroyed": (destroy_index, "integrity start"),
}
"""What is done -> (how, the layers that see it). The others do not, and must not be said to."""


def _with_hash(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (body,) = connection.execute("SELECT body FROM audit WHERE seq = 40").fetchone()
    forged = body.replace("op-7", "op-8")
    tamper(
        path,
        f"UPDATE audit SET body = '{forged}', hash = '{row_hash(forged.encode())}' WHERE seq = 40",  # noqa: S608
    )


@pytest.fixture
def make(hundred: Path, tmp_path: Path) -> Callable[[str], Case]:
    before = tmp_path / "before.db"
    shutil.copy(hundred, before)
    true = opened(note_of(hundred, SIZE, ("zhuzhou", "xiangtan")))

    def made(what: str) -> Case:
        ROWS[what][0](hundred)
        own = opened(note_of(hundred, SIZE)) if "by the city itself" in what else true
        return Case(hundred, before, own, true)

    return made


@pytest.mark.parametrize("what", ROWS)
def test_each_layer_sees_what_it_is_said_to_see(what: str, make: Callable[[str], Case]) -> None:
    case = make(what)
    seen = {name for name, layer in LAYERS.items() if layer(case)}
    assert seen == set(ROWS[what][1].split())


@pytest.mark.parametrize("what", ROWS)
def test_verify_finds_everything_once_another_city_has_cosigned(
    what: str, make: Callable[[str], Case]
) -> None:
    case = make(what)
    found = verify(case.path, notes=(case.witnessed,))
    assert found.ok == (what == "nothing at all")
    if found.ok:
        assert [(one.witness, one.size) for one in found.proved] == [
            ("", 90),
            ("xiangtan", 90),
            ("zhuzhou", 90),
        ]


@pytest.mark.parametrize("what", [what for what, (_how, seen) in ROWS.items() if "signed" in seen.split()])
def test_a_fault_is_said_with_the_rows_it_lies_in(what: str, make: Callable[[str], Case]) -> None:
    case = make(what)
    early = opened(note_of(case.before, 30))
    found = verify(case.path, notes=(early, case.signed))
    assert found.first_fault is not None
    in_rows = {"the first row taken out": (1, 1)}.get(what, (31, 90))
    first = int(str(found.first_fault.facts.get("first", found.first_fault.row)))
    assert in_rows[0] <= first <= in_rows[1]
    if what != "the first row taken out":
        assert found.proved[0].size == 30
        assert "30" in "\n".join(found.lines("en")[1:])


def test_a_statement_against_a_trigger_never_gets_through(hundred: Path) -> None:
    with closing(sqlite3.connect(hundred)) as connection:
        for statement in (
            "UPDATE audit SET body = replace(body, 'op-7', 'op-8') WHERE seq = 40",
            "DELETE FROM audit WHERE seq > 60",
            "INSERT INTO audit (seq, body, hash) SELECT 101, json_set(body, '$.seq', 101), hash"
            " FROM audit WHERE seq = 40",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="audit log"):
                connection.execute(statement)


def test_a_forged_checkpoint_is_not_believed_in_the_first_place(hundred: Path) -> None:
    from tests.audit.signing import city_keys

    rehashed(hundred, 40, actor="op-8")
    with pytest.raises(BadNote):
        opened(note_of(hundred, SIZE, keys=city_keys("changsha")))
