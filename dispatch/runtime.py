"""Who starts and stops what: one session is the audit log, the picture, a link to each city, a desk.

    async with open_session(configuration, connect, clock, folder, drill=True) as session:
        ...  # session.desk acts, session.picture shows

Everything runs in one task group; leaving the block says offline on every link, writes the last
audit row and closes the files. The console, the headless drill and the tests use the same session.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from dispatch import __version__
from dispatch.audit.log import AuditLog
from dispatch.clock import Clock
from dispatch.desk import Desk
from dispatch.desk.making import AUDIT_FILE, close_kit, make_kit
from dispatch.desk.part import Reins
from dispatch.desk.records import fault_text
from dispatch.domain.alarms import AlarmId, Severity
from dispatch.domain.errors import AuditUnavailable
from dispatch.domain.geography import CityCode
from dispatch.feed import topics
from dispatch.feed.access import heard_by_bridge
from dispatch.feed.bridged import BridgedLink, Sorter
from dispatch.feed.context import IntakeEvent
from dispatch.feed.intake import Intake
from dispatch.feed.link import BatchHandler, CityLink, Identity, Link, LinkState, StateHandler
from dispatch.feed.outbox import CommandResult, Outbox
from dispatch.feed.payloads import Response, SnapshotRequest
from dispatch.feed.quarantine import Quarantine
from dispatch.feed.self_test import Findings, RightsTest
from dispatch.feed.transport import Connect, Received
from dispatch.picture.live import Picture
from dispatch.settings import Configuration
from dispatch.text import safe_text
from dispatch.travel.opening import driving_by, open_journeys

QUARANTINE_FILE = "quarantine.db"
PROGRAM = "console"
PAPER_EVERY_S = 30.0
TICK_S = 1.0
ASK_WITHIN_S = 10.0
AUDIT_ALARM = AlarmId("audit")
NODE_TAKEN = "node_taken"


class Session:
    """Everything one console runs, put together; `open_session` makes and runs it."""

    def __init__(
        self,
        configuration: Configuration,
        connect: Connect,
        clock: Clock,
        folder: Path,
        *,
        drill: bool,
        operators: Path | None = None,
        rights: RightsTest | None = None,
        reins: Reins | None = None,
    ) -> None:
        """`operators`: the file of those who may sign in; None: the operator of the settings sits here.

        `rights`: the self-test that `connect` makes, whose findings are shown and written down; `reins`: what
        leads the drill from this desk.
        """
        settings = configuration.settings
        configuration, self.journeys = open_journeys(configuration, wait=False)
        self.configuration, self.clock, self.folder, self.drill = configuration, clock, folder, drill
        self.picture: Picture = configuration.new_picture()
        self.audit = AuditLog.open(
            folder / AUDIT_FILE,
            clock=clock,
            city=settings.home_city,
            console=settings.node,
            drill=drill,
            retention=configuration.audit_rules.retention,
        )
        self.quarantine = Quarantine(folder / QUARANTINE_FILE)
        self.identity = Identity(settings.home_city, settings.node, "console", drill)
        self._mark = secrets.token_hex(3)
        """Of this process: a broker throws out whoever else has the same client id, at work or not."""
        self.links: dict[CityCode, CityLink] = {}
        self.outbox = Outbox(self.links, home_city=settings.home_city, node=settings.node, clock=clock)
        self._asking: set[asyncio.Task[None]] = set()
        trackers = configuration.trackers(drill=drill)
        self._tracker_filters = trackers.filters()
        self.intake = Intake(
            self.picture,
            clock=clock,
            limits=configuration.limits,
            quarantine=self.quarantine,
            drill=drill,
            owntracks=trackers,
            ask=self._ask,
            on_event=self._note,
            on_response=self._hear,
            home=settings.home_city,
        )
        self.link_states: dict[CityCode, LinkState] = {}
        self._make_links(connect)
        self.kit = make_kit(
            configuration,
            self.picture,
            clock,
            folder,
            audit=self.audit,
            outbox=self.outbox,
            links=self.links,
            quarantine=self.quarantine,
            drill=drill,
            reins=reins,
            operators=operators,
        )
        self.desk = Desk(self.kit, folder)
        if rights is not None:
            rights.on_findings = self._rights_found

    def _make_links(self, connect: Connect) -> None:
        """A link to each city's broker, or one to the home city's that brings the others by its bridges."""
        home, node = self.identity.city, self.identity.node
        others = [city for city in self.picture.cities if not self.configuration.settings.reached(city)]
        if others:
            filters = [one for city in others for one in heard_by_bridge(city, home, node)]
            sorter = Sorter(home, others, self._take, self._link_changed)
            own = self._link(home, connect, filters, sorter.take, sorter.changed)
            self.links |= {home: own} | {city: BridgedLink(city, own) for city in others}
            for city in others:
                self.picture.sight[city].by_bridge = True
        for city in self.picture.cities:
            if city not in self.links:
                self.links[city] = self._link(city, connect, (), self._take, self._link_changed)
        self.link_states.update({city: link.state for city, link in self.links.items()})

    def _link(
        self,
        city: CityCode,
        connect: Connect,
        by_bridge: Sequence[str],
        on_batch: BatchHandler,
        on_change: StateHandler,
    ) -> Link:
        return Link(
            city=city,
            transport=connect(city, f"{self.identity.city}-{self.identity.node}-{self._mark}"),
            identity=self.identity,
            filters=(topics.everything_of(city), *self._tracker_filters, *by_bridge),
            clock=self.clock,
            on_batch=on_batch,
            on_change=on_change,
        )

    async def begin(self) -> None:
        """Write down who sits here and which rules are in force, before anything else happens."""
        settings = self.configuration.settings
        start: dict[str, object] = {
            "version": __version__,
            "home_city": settings.home_city,
            "desk": settings.desk,
        }
        await self._write_as_seated("session.start", settings.node, start)
        beyond = self.configuration.dispatch_rules.beyond
        rules = _in_force(self.configuration) | driving_by(beyond, self.journeys)
        await self.audit.append("settings.in_force", actor=PROGRAM, role="program", detail=rules)

    async def end(self) -> None:
        """Write the last row and close the files, whatever state the log is in."""
        self.intake.close()
        if self.journeys is not None:
            self.journeys.close()
        with contextlib.suppress(AuditUnavailable):
            await self._write_as_seated("session.end", "", {})
        await self.audit.close()
        await close_kit(self.kit)
        await asyncio.to_thread(self.quarantine.close)

    async def _write_as_seated(self, action: str, target: str, detail: dict[str, object]) -> None:
        """A row by whoever sits here; by the program while nobody does."""
        by = self.kit.seat.by
        actor, role = (PROGRAM, "program") if by is None else (by.operator, by.role.value)
        await self.audit.append(action, actor=actor, role=role, target=target, detail=detail)

    async def run(self) -> None:
        """Until cancelled: the links, what the desk has under way, and each second the ages of everything."""
        self._hear_journeys()
        async with asyncio.TaskGroup() as tasks:
            for city, link in self.links.items():
                tasks.create_task(self._keep_running(f"link {city}", link.run))
            tasks.create_task(self._keep_running("tick", self._tick))
            tasks.create_task(self._keep_running("orders", self.kit.requester.run))
            tasks.create_task(self._keep_running("errands", self.kit.errands.run))
            tasks.create_task(self._keep_running("desk", self.desk.run))
            tasks.create_task(self._keep_running("paper", self._paper))

    def _hear_journeys(self) -> None:
        """Driving times that were worked out meanwhile change what is recommended."""
        if self.journeys is not None:
            loop, city = asyncio.get_running_loop(), self.configuration.settings.home_city

            def tell() -> None:
                with contextlib.suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(self.picture.changes.mark, "city", city)

            self.journeys.on_news = tell

    async def _keep_running(self, where: str, work: Callable[[], Awaitable[None]]) -> None:
        """A fault of ours in one part is written down and shown; the part starts again."""
        while True:
            try:
                await work()
            except Exception as fault:  # noqa: BLE001 - a dispatcher must not lose the other cities to our fault
                self._fault(where, fault)
            await asyncio.sleep(TICK_S)

    async def _tick(self) -> None:
        while True:
            self.intake.tick()
            if self.journeys is not None:
                self.journeys.prepare(incident.position for incident in self.picture.open_incidents())
            self._watch_audit()
            await asyncio.sleep(TICK_S)

    async def _paper(self) -> None:
        """The sheet for the day the screens are dark is never older than a minute."""
        while True:
            await self.desk.keep_paper()
            await asyncio.sleep(PAPER_EVERY_S)

    def alarm(self, code: str, facts: dict[str, str | int | float], subject: str = "") -> None:
        """Raise a critical alarm of the program itself and write it down."""
        alarm = AlarmId(f"{code}:{subject}" if subject else code)
        if self.picture.alarms.raise_(alarm, Severity.CRITICAL, code, self.clock.now(), facts):
            self.picture.changes.mark("alarm", alarm)
            shown = {key: str(value) for key, value in facts.items()}
            self.write("alarm.raised", alarm, {"alarm": alarm, **shown})

    def _fault(self, where: str, fault: Exception) -> None:
        error = fault_text(fault)
        self.alarm("console_fault", {"where": where, "error": error}, where)
        self.desk.note_fault(where, error)

    # --- what the links and the intake say -----------------------------------------------------

    def _take(self, city: CityCode, batch: list[Received]) -> None:
        try:
            self.kit.requester.take(city, batch)
            self.intake.take(city, batch)
        except Exception as fault:  # noqa: BLE001 - the link must live on; what was lost is in the alarm
            self._fault(f"intake {city}", fault)

    def _link_changed(self, city: CityCode, state: LinkState) -> None:
        before = self.link_states[city]
        self.link_states[city] = state
        self.intake.link_changed(city, state)
        if state.up != before.up:
            self.desk.link_changed(city, up=state.up)
            detail: dict[str, object] = {"attempts": state.attempts, "error": safe_text(state.error)}
            self.write("link.up" if state.up else "link.down", city, detail)
        if state.twin:
            self.alarm(NODE_TAKEN, {"node": self.identity.node})
        elif state.up and before.twin and self.picture.alarms.cause_gone(AlarmId(NODE_TAKEN)):
            self.picture.changes.mark("alarm", NODE_TAKEN)

    def _rights_found(self, found: Findings) -> None:
        """What this console may do at a city's broker, as its self-test found it."""
        detail: dict[str, object] = {
            "missing": list(found.missing),
            "excess": list(found.excess),
            "tried": found.tried,
            "untried": safe_text(found.untried),
        }
        self.write("rights.tested", found.city, detail)
        for code, topics_ in (("rights_missing", found.missing), ("rights_excess", found.excess)):
            if topics_:
                facts: dict[str, str | int | float] = {
                    "city": found.city,
                    "topics": safe_text(", ".join(topics_)),
                }
                self.alarm(code, facts, found.city)

    def _hear(self, city: CityCode, response: Response) -> None:
        """An answer to a command: of the desk's errands, or of somebody who waits for it."""
        if not self.kit.errands.hear(city, response):
            self.outbox.hear(city, response)

    def _ask(self, city: CityCode, kind: str, key: str | None) -> None:
        """Ask a city to say something again; while its link is down there is nobody to ask."""
        if self.link_states[city].up:
            wanted = msgspec.convert({"kind": kind, "key": key}, SnapshotRequest)
            asking = self.outbox.send(city, "snapshot.request", wanted, expires_s=ASK_WITHIN_S)
            task = asyncio.create_task(_forget(asking), name=f"ask {city} for {kind}")
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    def _note(self, event: IntakeEvent) -> None:
        """What the intake noticed goes into the log, which holds no fractions."""
        facts = {key: str(value) if isinstance(value, float) else value for key, value in event.facts.items()}
        self.write(event.kind, event.city, {"city": event.city, **facts})

    def write(self, action: str, target: str, detail: dict[str, object]) -> None:
        """One row that nobody waits for, by the program itself."""
        self.audit.append_soon(action, actor=PROGRAM, role="program", target=target, detail=detail)

    # --- the audit log -------------------------------------------------------------------------

    def _watch_audit(self) -> None:
        """A log that cannot be written is the one thing everybody must see."""
        alarms, failure = self.picture.alarms, self.audit.failure
        if failure is None:
            changed = alarms.cause_gone(AUDIT_ALARM)
        else:
            facts: dict[str, str | int | float] = {"error": failure}
            now = self.clock.now()
            changed = alarms.raise_(AUDIT_ALARM, Severity.CRITICAL, "audit_failed", now, facts)
        if changed:
            self.picture.changes.mark("alarm", AUDIT_ALARM)


async def _forget(asking: Awaitable[CommandResult]) -> None:
    """The answer to an ask is the snapshot itself."""
    await asking


@asynccontextmanager
async def open_session(
    configuration: Configuration,
    connect: Connect,
    clock: Clock,
    folder: Path,
    *,
    drill: bool,
    operators: Path | None = None,
    rights: RightsTest | None = None,
    reins: Reins | None = None,
) -> AsyncIterator[Session]:
    """Run a session for the length of a `with` block; AuditUnavailable when its log cannot be opened.

    `operators`: the file of those who may sign in; None: the operator of the settings sits here.
    `rights`: the self-test that `connect` makes.
    """
    session = await asyncio.to_thread(
        Session,
        configuration,
        connect,
        clock,
        folder,
        drill=drill,
        operators=operators,
        rights=rights,
        reins=reins,
    )
    running: asyncio.Task[None] | None = None
    try:
        await session.begin()
        running = asyncio.create_task(session.run(), name="session")
        yield session
    finally:
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        await session.end()


def _in_force(configuration: Configuration) -> dict[str, object]:
    """The editions of every rule set: which rules a recommendation of this session went by."""
    travel, units, hospitals = (
        configuration.dispatch_rules.travel,
        configuration.dispatch_rules.units,
        configuration.dispatch_rules.hospitals,
    )
    blood, centre = configuration.blood_rules, configuration.centre_rules
    return {
        "travel": travel.edition,
        "units": units.edition,
        "hospitals": hospitals.edition,
        "components": blood.components.edition,
        "compatibility": blood.compatibility.edition,
        "sourcing": blood.sourcing.edition,
        "cover": configuration.cover_rules.edition,
        "lending": centre.lending.edition,
        "alarms": centre.alarms.edition,
        "roles": configuration.rights.edition,
        "incidents": configuration.incident_words.edition,
        "roads": configuration.road_rules.edition,
        "corrections": configuration.correction_rules.edition,
    }
