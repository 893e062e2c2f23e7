"""A site with three operators, hashes that cost next to nothing, and its seat."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from argon2 import PasswordHasher

from dispatch.audit.entry import AuditRow
from dispatch.audit.log import AuditLog
from dispatch.audit.read import Filter, rows
from dispatch.clock import ManualClock
from dispatch.domain.geography import CityCode
from dispatch.domain.model import Name
from dispatch.domain.operators import Operator, Role
from dispatch.picture.live import Picture
from dispatch.settings import load_rights
from dispatch.settings.operators import change_operators
from dispatch.signin import Passwords, SignIn

QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
WANG, LI, CHEN = "wang.fang", "li.na", "chen.jie"
PASSWORDS = {WANG: "horse-staple-72", LI: "mountain-river-19", CHEN: "blood-and-ice-40"}


def operators() -> list[Operator]:
    known = (
        (WANG, "王芳", "Wang Fang", Role.DISPATCHER),
        (LI, "李娜", "Li Na", Role.SUPERVISOR),
        (CHEN, "陈洁", "Chen Jie", Role.BLOOD_STAFF),
    )
    return [
        Operator(id=i, name=Name(zh=zh, en=en), role=role, password=QUICK.hashed(PASSWORDS[i]))
        for i, zh, en, role in known
    ]


@dataclass
class Site:
    """A folder of a site, its audit log, and seats at its console."""

    folder: Path
    clock: ManualClock
    drill: bool = False
    steady_s: float = 0.0
    picture: Picture = field(default_factory=lambda: Picture(cities=()))

    def __post_init__(self) -> None:
        self.audit = AuditLog.open(
            self.folder / "audit.db", clock=self.clock, city=CityCode("changsha"), console="console-1"
        )

    @property
    def file(self) -> Path:
        return self.folder / "operators.toml"

    def staffed(self, people: Iterable[Operator] | None = None) -> "Site":
        chosen = operators() if people is None else list(people)
        change_operators(self.file, lambda _before: chosen)
        return self

    def seat(self, passwords: Passwords = QUICK, steady: Callable[[], float] | None = None) -> SignIn:
        return SignIn(
            operators_file=self.file if self.file.exists() else None,
            standing="dispatcher",
            rights=load_rights(),
            drill=self.drill,
            clock=self.clock,
            audit=self.audit,
            picture=self.picture,
            past=self.said("signin"),
            passwords=passwords,
            steady=steady or (lambda: self.steady_s),
        )

    def pass_time(self, seconds: float) -> None:
        self.steady_s += seconds
        self.clock.advance(seconds)

    def said(self, action: str) -> list[AuditRow]:
        return list(rows(self.folder / "audit.db", Filter(action=action)))
