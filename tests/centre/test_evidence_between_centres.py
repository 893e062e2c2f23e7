"""Three real centres over brokers in memory: each log signed by its city, seen and cosigned by the others."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import pytest
import rfc8785

from dispatch.audit.checkpoint import Checkpoint, Opened, city_of_key, open_note, origin_of
from dispatch.audit.entry import row_hash
from dispatch.audit.held import believed
from dispatch.audit.keyring import CityKeys
from dispatch.audit.read import rows
from dispatch.audit.rules import CheckpointRules
from dispatch.audit.verify import verify
from dispatch.audit.witness import WitnessBook, conflicts_in, notes_in
from dispatch.centre.evidence import EvidenceKit
from dispatch.centre.messages import Noticed
from dispatch.centre.service import Centre
from dispatch.centre.store import Store
from dispatch.clock import epoch_ms
from dispatch.domain.alarms import Alarm, Severity
from dispatch.domain.geography import CityCode
from dispatch.feed import payloads, topics
from dispatch.feed.link import Identity, Link
from dispatch.feed.memory import MemoryBroker, MemoryTransport
from dispatch.feed.transport import Received
from tests.audit.logs import tamper
from tests.audit.signing import CITIES, TRUSTED, city_keys
from tests.centre.orders_bench import CLOCK, QUICK, until
from tests.unit.centre.centre_world import CHANGSHA, ZHUZHOU, rules

XIANGTAN = CityCode("xiangtan")
ALL = (CHANGSHA, ZHUZHOU, XIANGTAN)
Brokers = dict[CityCode, MemoryBroker]


class Town:
    """A centre with its keys and its checkpoints."""

    def __init__(
        self, city: CityCode, brokers: Brokers, folder: Path, keys: CityKeys, settings: CheckpointRules
    ) -> None:
        self.city, self.file = city, folder / f"{city}.db"
        self.book = WitnessBook(folder / f"{city}-witness.db")
        self.store = Store.open(
            self.file, city=city, node="centre", units=(), rules=rules(), now_ms=epoch_ms(CLOCK.now())
        )
        self.centre = Centre(
            self.store,
            lambda to, client: MemoryTransport(brokers[to], client, CLOCK),
            clock=CLOCK,
            drill=False,
            timing=QUICK,
            neighbours=tuple(brokers),
            evidence=EvidenceKit(self.file, self.book, keys, TRUSTED, settings),
        )

    def write(self, count: int = 1) -> None:
        """More rows in the audit log."""
        for number in range(count):
            self.store.take([Noticed("first_seen", "nowhere", {"number": number})], epoch_ms(CLOCK.now()))

    @property
    def newest(self) -> Opened | None:
        """The newest checkpoint of its own log."""
        note = self.book.head(origin_of(self.city, "centre", drill=False))
        return None if note is None else open_note(note.written(), TRUSTED)

    def signed(self) -> int:
        """How many rows its newest checkpoint has."""
        return 0 if self.newest is None else self.newest.checkpoint.size

    def witnesses(self, size: int = 1) -> set[str]:
        """Who cosigned its newest checkpoint, when that has so many rows."""
        newest = self.newest
        if newest is None or newest.checkpoint.size < size:
            return set()
        return {city_of_key(one.key.name) for one in newest.witnesses}

    def alarm(self, code: str) -> Alarm | None:
        return next((one for one in self.store.state.open_alarms() if one.code == code), None)

    def logged(self, action: str) -> list[dict[str, object]]:
        return [
            dict(row.detail) for row in rows(self.file) if row.action == action and row.target != "nowhere"
        ]


@asynccontextmanager
async def towns(
    folder: Path,
    brokers: Brokers,
    cities: Sequence[CityCode] = ALL,
    keys: dict[str, CityKeys] | None = None,
    **settings: float,
) -> AsyncIterator[dict[CityCode, Town]]:
    chosen = CheckpointRules.model_validate({"every_s": 0.1, **settings})
    made = {city: Town(city, brokers, folder, (keys or CITIES)[city], chosen) for city in cities}
    async with AsyncExitStack() as stack:
        for town in made.values():
            stack.callback(town.book.close)
            stack.callback(town.store.close)
        for town in made.values():
            stack.push_async_callback(_end, asyncio.create_task(town.centre.run()))
        yield made


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def brokers() -> Brokers:
    return {city: MemoryBroker() for city in ALL}


def others(city: CityCode) -> set[str]:
    return {str(one) for one in ALL if one != city}


async def test_every_log_is_cosigned_by_both_other_cities_and_goes_on_so(
    tmp_path: Path, brokers: Brokers
) -> None:
    async with towns(tmp_path, brokers) as made:
        for town in made.values():
            await until(lambda town=town: town.witnesses() == others(town.city), 10)  # type: ignore[misc]
        for count in (1, 5, 300):
            for town in made.values():
                town.write(count)
                size = town.store.head.seq
                await until(lambda town=town, size=size: town.witnesses(size) == others(town.city), 10)  # type: ignore[misc]
        assert not any(list(town.store.state.open_alarms()) for town in made.values())
    for city in ALL:
        held = believed(
            notes_in(tmp_path / f"{city}-witness.db"), TRUSTED, origin_of(city, "centre", drill=False)
        )
        assert held.refused == ()
        found = verify(tmp_path / f"{city}.db", notes=held.opened)
        assert found.ok, found.lines("en")
        assert {one.witness for one in found.proved} == {"", *others(city)}
        assert all(one.size > 300 for one in found.proved)


async def test_what_a_neighbour_kept_proves_a_log_without_anything_of_its_own_city(
    tmp_path: Path, brokers: Brokers
) -> None:
    async with towns(tmp_path, brokers) as made:
        made[CHANGSHA].write(20)
        await until(lambda: made[CHANGSHA].witnesses(21) == others(CHANGSHA), 10)
    kept = notes_in(tmp_path / "zhuzhou-witness.db", origin_of(CHANGSHA, "centre", drill=False))
    held = believed(kept, TRUSTED)
    found = verify(tmp_path / "changsha.db", notes=held.opened)
    assert {one.witness for one in found.proved} >= {"", "zhuzhou"}


async def test_a_restart_and_an_empty_broker_lose_nothing(tmp_path: Path, brokers: Brokers) -> None:
    async with towns(tmp_path, brokers) as made:
        await until(lambda: made[CHANGSHA].witnesses() == others(CHANGSHA), 10)
    empty: Brokers = {city: MemoryBroker() for city in ALL}
    async with towns(tmp_path, empty) as made:
        for town in made.values():
            size = town.store.head.seq
            await until(lambda town=town, size=size: town.witnesses(size) == others(town.city), 10)  # type: ignore[misc]
            assert len(town.logged("audit.first_seen")) == 2  # not seen for the first time again
            assert not town.logged("audit.conflict")


async def test_a_city_that_was_away_catches_up_with_one_proof(tmp_path: Path, brokers: Brokers) -> None:
    async with towns(tmp_path, brokers) as made:
        await until(lambda: made[CHANGSHA].witnesses() == others(CHANGSHA), 10)
    async with towns(tmp_path, brokers, (CHANGSHA, ZHUZHOU)) as made:
        for _round in range(3):
            made[CHANGSHA].write(7)
            size = made[CHANGSHA].store.head.seq
            await until(lambda size=size: made[CHANGSHA].witnesses(size) == {"zhuzhou"}, 10)  # type: ignore[misc]
    async with towns(tmp_path, brokers) as made:
        size = made[CHANGSHA].store.head.seq
        await until(lambda: made[CHANGSHA].witnesses(size) == others(CHANGSHA), 10)
        assert not made[XIANGTAN].logged("audit.conflict")
        assert made[XIANGTAN].alarm("history_unproven") is None


# --- a city that rewrites its own history -----------------------------------------------------------


def rewrite(path: Path, first: int, keep: int | None = None) -> None:
    """Row `first` says something else, every hash fits again; rows after `keep` are cut off."""
    with closing(sqlite3.connect(path)) as connection:
        bodies = [json.loads(body) for (body,) in connection.execute("SELECT body FROM audit ORDER BY seq")]
    bodies[first - 1]["target"] = "CS-OTHER"
    prev, statements = bodies[0]["prev"], []
    for said in bodies:
        said["prev"] = prev
        body = rfc8785.dumps(said)
        prev = row_hash(body)
        change = f"UPDATE audit SET body = '{body.decode()}', hash = '{prev}'"  # noqa: S608
        statements.append(f"{change} WHERE seq = {said['seq']}")
    if keep is not None:
        statements.append(f"DELETE FROM audit WHERE seq > {keep}")  # noqa: S608
    tamper(path, *statements)


async def test_a_shortened_history_is_an_alarm_in_both_other_cities_and_at_home(
    tmp_path: Path, brokers: Brokers
) -> None:
    await rewritten_by_changsha(tmp_path, brokers, keep=10)
    async with towns(tmp_path, brokers) as made:
        for city in (ZHUZHOU, XIANGTAN):
            await until(lambda city=city: made[city].alarm("history_conflict") is not None, 10)  # type: ignore[misc]
            alarm = made[city].alarm("history_conflict")
            assert alarm is not None
            assert (alarm.severity, alarm.facts["city"]) == (Severity.CRITICAL, "changsha")
            await until(lambda city=city: len(made[city].logged("audit.conflict")) == 1, 10)  # type: ignore[misc]
            (row,) = made[city].logged("audit.conflict")
            held, other = (open_note(str(row[name]), TRUSTED) for name in ("held", "other"))
            assert held.checkpoint.origin == other.checkpoint.origin == "czt/changsha/centre"
            assert len(conflicts_in(made[city].book.path)) >= 1
        await until(lambda: made[CHANGSHA].alarm("history_disputed") is not None, 10)
        made[CHANGSHA].write(40)
        size = made[CHANGSHA].store.head.seq
        await until(lambda: made[CHANGSHA].signed() >= size, 10)
        await asyncio.sleep(0.6)
        assert made[CHANGSHA].witnesses() == set()  # nobody cosigns the other history
        assert len(made[ZHUZHOU].logged("audit.conflict")) == 1


async def test_a_history_rewritten_and_grown_is_never_cosigned_and_an_alarm_everywhere(
    tmp_path: Path, brokers: Brokers
) -> None:
    await rewritten_by_changsha(tmp_path, brokers, keep=None)
    async with towns(tmp_path, brokers, unproven_alarm_s=0.5) as made:
        await until(lambda: made[CHANGSHA].alarm("history_disputed") is not None, 10)
        for city in (ZHUZHOU, XIANGTAN):
            await until(lambda city=city: made[city].alarm("history_unproven") is not None, 10)  # type: ignore[misc]
        assert made[CHANGSHA].signed() > 31
        assert made[CHANGSHA].witnesses() == set()


async def rewritten_by_changsha(folder: Path, brokers: Brokers, keep: int | None) -> None:
    """What both other cities cosigned is rewritten, and Changsha's own checkpoints are taken away as well."""
    async with towns(folder, brokers) as made:
        made[CHANGSHA].write(30)
        await until(lambda: made[CHANGSHA].witnesses(31) == others(CHANGSHA), 10)
    rewrite(folder / "changsha.db", 7, keep)
    for name in ("", "-wal", "-shm"):
        (folder / f"changsha-witness.db{name}").unlink(missing_ok=True)


async def test_a_log_that_lost_what_was_signed_is_not_signed_again(tmp_path: Path, brokers: Brokers) -> None:
    async with towns(tmp_path, brokers, (CHANGSHA,)) as made:
        made[CHANGSHA].write(30)
        await until(lambda: made[CHANGSHA].signed() > 30, 10)
    rewrite(tmp_path / "changsha.db", 7)
    async with towns(tmp_path, brokers, (CHANGSHA,)) as made:
        await until(lambda: made[CHANGSHA].alarm("history_broken") is not None, 10)
        before = made[CHANGSHA].newest
        made[CHANGSHA].write(3)
        await asyncio.sleep(0.5)
        assert made[CHANGSHA].newest == before
        assert len(made[CHANGSHA].logged("audit.broken")) == 1


async def test_another_history_counts_after_a_person_accepted_it(tmp_path: Path, brokers: Brokers) -> None:
    async with towns(tmp_path, brokers) as made:
        made[CHANGSHA].write(30)
        await until(lambda: made[CHANGSHA].witnesses(31) == others(CHANGSHA), 10)
    rewrite(tmp_path / "changsha.db", 7, 10)
    async with towns(tmp_path, brokers) as made:
        await until(lambda: made[CHANGSHA].alarm("history_broken") is not None, 10)
        origin = origin_of(CHANGSHA, "centre", drill=False)
        for town in made.values():
            with closing(WitnessBook(town.book.path)) as beside:  # as czt audit accept does while it runs
                assert beside.accept(
                    origin, "supervisor", "restored from the backup of Tuesday", epoch_ms(CLOCK.now())
                )
        await asyncio.sleep(0.01)  # only what is signed after that says which history stands
        made[CHANGSHA].write()
        await until(lambda: made[CHANGSHA].witnesses() == others(CHANGSHA), 10)
        for town in made.values():
            await until(lambda town=town: len(town.logged("audit.accepted")) == 1, 10)  # type: ignore[misc]
            assert town.logged("audit.accepted")[0]["reason"] == "restored from the backup of Tuesday"


# --- what others put on the wire --------------------------------------------------------------------


async def published(broker: MemoryBroker, city: CityCode, data: payloads.AuditCheckpoint) -> None:
    """Somebody with access to a city's broker publishes a checkpoint in its centre's place."""
    link = Link(
        city=city, transport=MemoryTransport(broker, "intruder", CLOCK),
        identity=Identity(city, "intruder", "centre", drill=False), filters=(), clock=CLOCK,
        on_batch=lambda _city, _batch: None, timing=QUICK,
    )  # fmt: skip
    task = asyncio.create_task(link.run())
    try:
        await until(lambda: link.state.up, 10)
        await link.publish(topics.checkpoint(city), "audit.checkpoint", data, retain=True)
    finally:
        await _end(task)


async def test_a_forged_or_foreign_checkpoint_is_neither_cosigned_nor_an_alarm(
    tmp_path: Path, brokers: Brokers
) -> None:
    async with towns(tmp_path, brokers, (ZHUZHOU,)) as made:
        root, now_ms = bytes(32), epoch_ms(CLOCK.now())
        forged = Checkpoint("czt/changsha/centre", 5, root, now_ms).signed(city_keys("changsha").log)
        foreign = Checkpoint("czt/xiangtan/centre", 5, root, now_ms).signed(CITIES["xiangtan"].log)
        drill = Checkpoint("czt/changsha/centre/drill", 5, root, now_ms).signed(CITIES["changsha"].log)
        console = Checkpoint("czt/changsha/console-1", 5, root, now_ms).signed(CITIES["changsha"].log)
        for note in (forged.written(), foreign.written(), drill.written(), console.written(), "nonsense"):
            await published(brokers[CHANGSHA], CHANGSHA, payloads.AuditCheckpoint(note))
        await asyncio.sleep(0.5)
        assert made[ZHUZHOU].book.head("czt/changsha/centre") is None
        assert made[ZHUZHOU].book.head("czt/changsha/console-1") is None
        assert made[ZHUZHOU].book.head("czt/xiangtan/centre") is None
        assert not list(made[ZHUZHOU].store.state.open_alarms())


async def test_a_neighbour_that_shows_no_proof_raises_an_alarm_after_its_time(
    tmp_path: Path, brokers: Brokers
) -> None:
    key, now_ms = CITIES["changsha"].log, epoch_ms(CLOCK.now())
    async with towns(tmp_path, brokers, (ZHUZHOU,), unproven_alarm_s=0.5) as made:
        for size in (5, 9):
            note = Checkpoint("czt/changsha/centre", size, bytes([size] * 32), now_ms + size).signed(key)
            await published(brokers[CHANGSHA], CHANGSHA, payloads.AuditCheckpoint(note.written()))
            await until(lambda: made[ZHUZHOU].book.head("czt/changsha/centre") is not None, 10)
        await until(lambda: made[ZHUZHOU].alarm("history_unproven") is not None, 10)
        held = made[ZHUZHOU].book.head("czt/changsha/centre")
        assert held is not None
        assert Checkpoint.parse(held.text).size == 5
        assert made[ZHUZHOU].alarm("history_conflict") is None


async def test_an_older_checkpoint_that_a_broker_kept_is_no_conflict(
    tmp_path: Path, brokers: Brokers
) -> None:
    async with towns(tmp_path, brokers) as made:
        await until(lambda: made[CHANGSHA].witnesses() == others(CHANGSHA), 10)
        first = made[CHANGSHA].newest
        assert first is not None
        await asyncio.sleep(0.05)
        made[CHANGSHA].write(10)
        size = made[CHANGSHA].store.head.seq
        await until(lambda: made[CHANGSHA].witnesses(size) == others(CHANGSHA), 10)
    async with towns(tmp_path, brokers, (ZHUZHOU, XIANGTAN)) as made:
        await published(brokers[CHANGSHA], CHANGSHA, payloads.AuditCheckpoint(first.note.written()))
        await asyncio.sleep(0.5)
        assert not made[ZHUZHOU].logged("audit.conflict")


async def test_consoles_take_checkpoints_for_what_they_are(tmp_path: Path, brokers: Brokers) -> None:
    """They are on the subtree a console hears: none of them may end in its quarantine."""
    heard: list[Received] = []
    link = Link(
        city=CHANGSHA, transport=MemoryTransport(brokers[CHANGSHA], "console", CLOCK),
        identity=Identity(CHANGSHA, "console-9", "console", drill=False),
        filters=(topics.everything_of(CHANGSHA),), clock=CLOCK,
        on_batch=lambda _city, batch: heard.extend(batch), timing=QUICK,
    )  # fmt: skip
    task = asyncio.create_task(link.run())
    async with towns(tmp_path, brokers) as made:
        await until(lambda: made[CHANGSHA].witnesses() == others(CHANGSHA), 10)
    await _end(task)
    about = [one for one in heard if "/audit/" in one.topic]
    assert {one.topic.split("/")[4] for one in about} == {"checkpoint", "cosignature"}
    for one in about:
        topic = topics.parse(one.topic)
        assert topic is not None
        payloads.decode(topic.kind, one.payload)
