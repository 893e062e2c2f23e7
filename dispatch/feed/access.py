"""Which program may read and write which topics at the broker of a city: least that it needs, nothing else.

A program is known to a broker by the name in its certificate, `<city>-<name>`. Its rights follow from
its role and from whether the broker is its own city's. What stands here is the contract of docs/security.md;
`mosquitto.py` writes it as an access list, `self_test.py` tries it when a program starts.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from dispatch.domain.geography import CityCode
from dispatch.feed import owntracks, topics
from dispatch.feed.transport import matches


class ProgramRole(StrEnum):
    """What a program is, as far as a broker is concerned."""

    CENTRE = "centre"  # the single writer of a city
    CONSOLE = "console"  # a dispatcher's, the blood centre's, a supervisor's
    UNIT = "unit"  # the terminal of one ambulance
    TRACKER = "tracker"  # a phone that speaks OwnTracks
    BANK = "bank"  # publishes the stock of one blood bank
    HOSPITALS = "hospitals"  # publishes what hospitals of a city report, and which crossings are closed
    CLAIMS = "claims"  # `czt claims`: blood fees
    BRIDGE = "bridge"  # a broker that forwards its own city's branch to another
    PROVINCE = "province"  # counts what cities do, and can order nothing
    SIMULATOR = "simulator"  # plays a whole city in a drill; in no list of real operation


class Program(NamedTuple):
    """One program that may connect. `subject`: the unit, bank or device ("user/device") it speaks for."""

    city: CityCode
    role: ProgramRole
    name: str
    subject: str = ""

    @property
    def user(self) -> str:
        """The common name of its certificate, and what the broker calls it."""
        return f"{self.city}-{self.name}"

    @property
    def folder(self) -> str:
        """Below the authority's folder: where its certificate lies."""
        return "simulators" if self.role is ProgramRole.SIMULATOR else str(self.city)


class Access(NamedTuple):
    """Topic filters a program may receive and topics (filters) it may publish to."""

    read: tuple[str, ...]
    write: tuple[str, ...]

    def may_read(self, topic: str) -> bool:
        return any(matches(one, topic) for one in self.read)

    def may_write(self, topic: str) -> bool:
        return any(matches(one, topic) for one in self.write)


NODES = {
    ProgramRole.CENTRE: "centre",
    ProgramRole.CLAIMS: "claims",
    ProgramRole.BRIDGE: "bridge",
    ProgramRole.HOSPITALS: "hospitals",
}
"""Roles of which a city has one program, and its name."""
HOME_ONLY = frozenset(
    {ProgramRole.UNIT, ProgramRole.TRACKER, ProgramRole.BANK, ProgramRole.HOSPITALS}
)  # what has business with its own city alone


BRIDGED = "bridged"
"""Branch under which a bridge puts what programs of its city say of themselves at their own broker."""
NODES_BRANCH = "node"


def bridged(home: CityCode, to: CityCode) -> tuple[str, ...]:
    """What a city's broker forwards to another's: its own branch; of commands and answers those to it.

    `node` is not among it: a program says its state at every broker it is connected to, and a second copy
    would look like another program of the same name. It goes under a branch of its own, see `bridged_nodes`.
    """
    branches = ("ems", "blood", "snapshot", "evt", "audit", f"cmd/{to}", f"rsp/{to}")
    return tuple(f"{topics.ROOT}/{home}/{branch}/#" for branch in branches)


def bridged_nodes(home: CityCode) -> str:
    """Where the other broker keeps what programs of this city say of themselves at home."""
    return f"{topics.ROOT}/{home}/{BRIDGED}/#"


def heard_by_bridge(city: CityCode, home: CityCode, node: str) -> tuple[str, ...]:
    """What a console listens to at its home broker when another city is reached through it alone."""
    branches = ("ems", "blood", "snapshot", "evt", "audit", f"rsp/{home}/{node}")
    return (*(f"{topics.ROOT}/{city}/{branch}/#" for branch in branches), bridged_nodes(city))


def unit_program(city: CityCode, unit: str) -> Program:
    """The terminal of an ambulance."""
    return Program(city, ProgramRole.UNIT, f"unit-{unit}", unit)


def bank_program(city: CityCode, bank: str) -> Program:
    """Whatever publishes the stock of a bank; the name is its node's, see bank_publisher.py."""
    return Program(city, ProgramRole.BANK, bank_node(bank), bank)


def bank_node(bank: str) -> str:
    """Name of the program that publishes a bank's stock."""
    return f"bank-{bank}".lower()


def tracker_program(city: CityCode, device: str) -> Program:
    """A phone; `device` is "user/device" as in its topic."""
    return Program(city, ProgramRole.TRACKER, f"tracker-{device.replace('/', '-')}", device)


def access(program: Program, broker: CityCode) -> Access | None:
    """What a program may do at the broker of a city; None: it has no business there."""
    if program.role in HOME_ONLY and broker != program.city:
        return None
    match program.role:
        case ProgramRole.CENTRE:
            return _with_node(program, _centre(program, broker))
        case ProgramRole.CONSOLE:
            return _with_node(program, _console(program, broker))
        case ProgramRole.UNIT:
            return _with_node(program, _unit(program))
        case ProgramRole.TRACKER:
            return Access((), (f"{owntracks.ROOT}/{program.subject}",))
        case ProgramRole.BANK:
            return _with_node(program, _bank(program))
        case ProgramRole.HOSPITALS:
            asked = topics.command_to(broker, "snapshot.request")
            write = tuple(topics.snapshot(broker, kind) for kind in ("hospitals", "crossings"))
            return _with_node(program, Access((asked,), write))
        case ProgramRole.CLAIMS:
            answers = topics.response(broker, program.city, program.name)
            ask = topics.command(program.city, broker, "claims.say")
            return _with_node(program, Access((answers,), (ask,)))
        case ProgramRole.BRIDGE:
            return _bridge(program, broker)
        case ProgramRole.PROVINCE:
            return _with_node(program, Access(province_reads(broker), ()))
        case ProgramRole.SIMULATOR:
            return _with_node(program, _simulator(program, broker))


def province_reads(city: CityCode) -> tuple[str, ...]:
    """The parts of a city that a provincial view is subscribed to; no filter overlaps another."""
    return (
        topics.position(city, "+"),
        topics.status(city, "+"),
        topics.incident(city, "+"),
        topics.snapshot(city, "units"),
        topics.snapshot(city, "alarms"),
        topics.node(city, "+"),
    )


def _with_node(program: Program, some: Access) -> Access:
    """Everybody says whether it is there, and hears itself say it: so a link is tested."""
    own = topics.node(program.city, program.name)
    read = some.read if some.may_read(own) else (*some.read, own)
    return Access(read, (*some.write, own) if not some.may_write(own) else some.write)


def _console(program: Program, broker: CityCode) -> Access:
    read = (topics.everything_of(broker), owntracks.FILTER)
    if broker != program.city:
        return Access(read, (topics.command(program.city, broker, "+"),))
    every = CityCode("+")  # at home it may work through the bridges alone
    write = (topics.command(program.city, every, "+"), topics.desk(program.city, program.name))
    return Access((*read, *heard_by_bridge(every, program.city, program.name)), write)


def _centre(program: Program, broker: CityCode) -> Access:
    home, audit = program.city, f"{topics.ROOT}/{program.city}/audit/#"
    others_audit = f"{topics.ROOT}/+/audit/#"
    if broker != home:
        heard = (
            topics.status(broker, "+"),
            topics.snapshot(broker, "aids"),
            topics.response(broker, home, program.name),
            others_audit,
        )
        return Access(heard, (topics.command(home, broker, "claims.say"), audit))
    read = (
        topics.commands_to(home),
        topics.unit_report(home, "+"),
        topics.unit_state(home, "+"),
        topics.position(home, "+"),
        topics.stock(home, "+"),
        topics.stock_change(home, "+"),
        others_audit,
        # through the bridges, where the centre has no links to other brokers
        topics.status(CityCode("+"), "+"),
        topics.snapshot(CityCode("+"), "aids"),
        topics.response(CityCode("+"), home, program.name),
    )
    write = (
        topics.command(home, CityCode("+"), "claims.say"),
        topics.status(home, "+"),
        topics.unit_order(home, "+"),
        topics.unit_heard(home, "+"),
        topics.incident(home, "+"),
        topics.timeline(home, "+"),
        *(topics.snapshot(home, kind) for kind in ("units", "aids", "alarms", "blood_orders")),
        topics.response(home, CityCode("+"), "+"),
        topics.order_answer(home, CityCode("+"), "+"),
        topics.command(home, home, "snapshot.request"),
        f"{topics.ROOT}/{home}/evt/#",
        audit,
    )
    return Access(read, write)


def _unit(program: Program) -> Access:
    city, unit = program.city, program.subject
    read = (topics.unit_order(city, unit), topics.unit_heard(city, unit))
    write = (topics.position(city, unit), topics.unit_report(city, unit), topics.unit_state(city, unit))
    return Access(read, write)


def _bank(program: Program) -> Access:
    city, bank = program.city, program.subject
    write = (topics.stock(city, bank), topics.stock_change(city, bank), topics.stock_days(city, bank))
    return Access((topics.command_to(city, "snapshot.request"),), write)


def _bridge(program: Program, broker: CityCode) -> Access:
    """Abroad it writes what it forwards; at home it takes out the same, to whichever city."""
    if broker == program.city:
        nodes = f"{topics.ROOT}/{program.city}/{NODES_BRANCH}/#"
        return Access((*bridged(program.city, CityCode("+")), nodes), ())
    return Access((), (*bridged(program.city, broker), bridged_nodes(program.city)))


def _simulator(program: Program, broker: CityCode) -> Access:
    home = program.city
    answers = f"{topics.ROOT}/{broker}/rsp/{home}/{program.name}/#"
    if broker != home:
        return Access((answers,), (topics.command(home, broker, "+"),))
    read = (
        answers,
        topics.command(CityCode("+"), home, "+"),
        topics.unit_order(home, "+"),
        topics.unit_heard(home, "+"),
        topics.status(home, "+"),
        topics.incident(home, "+"),
        topics.snapshot(home, "aids"),
        topics.snapshot(home, "blood_orders"),
    )
    write = (
        topics.position(home, "+"),
        topics.unit_report(home, "+"),
        topics.unit_state(home, "+"),
        topics.stock(home, "+"),
        topics.stock_change(home, "+"),
        topics.stock_days(home, "+"),
        topics.snapshot(home, "hospitals"),
        topics.snapshot(home, "crossings"),
        topics.command(home, home, "+"),
        topics.response(home, CityCode("+"), "+"),
    )
    return Access(read, write)


def admitted(programs: Iterable[Program], broker: CityCode) -> Sequence[tuple[Program, Access]]:
    """Everybody who may connect to a broker, with what he may do there."""
    found = ((program, access(program, broker)) for program in programs)
    return [(program, may) for program, may in found if may is not None]
