"""Passwords, codes, secrets, private keys, callers' numbers: in none of what is said, logged, kept or shown.

A shift with all of them is worked, with faults of the program in its midst; then everything that was said on
the brokers and every file but the two that hold them (operators.toml, calls.db) is searched.
"""

import logging
import traceback
from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest
from pydantic import BaseModel, ValidationError

from dispatch.certificates import Authority
from dispatch.clock import SystemClock
from dispatch.console.app import ConsoleApp
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import Datum, Position
from dispatch.domain.incidents import Act, Priority
from dispatch.domain.model import Name
from dispatch.domain.operators import Operator, Role
from dispatch.feed.transport import Endpoint, TlsFiles
from dispatch.settings.model import LinkEndpoint, Tls
from dispatch.settings.operators import change_operators, load_operators
from dispatch.signin import Passwords
from dispatch.signin.second_factor import fresh_secret
from tests.console.driver import MANNERS
from tests.scenarios.three_cities import ThreeCities, cities_alone, console_over, until
from tests.scenarios.what_was_kept import everything_said

SQUARE = Position(lat=28.1960, lon=112.9770)
PASSWORD, WRONG, BROKER_PASSWORD = "horse-staple-72", "typed-by-mistake-31", "broker-password-55"
CALLER, OTHER_CALLER, NAME = "13812341234", "073184512345", "欧阳明月"
TOTP = fresh_secret()
KEPT_APART = ("operators.toml", "calls.db", "calls.db-wal", "calls.db-shm")
"""The files that hold them, readable by their owner only."""


@pytest.fixture
async def cities(tmp_path: Path) -> AsyncIterator[tuple[ThreeCities, bytearray]]:
    file, made = tmp_path / "operators.toml", Passwords()
    hashed = made.hashed(PASSWORD)
    people = [
        Operator(
            id="li.na", name=Name(zh="李娜", en="Li Na"), role=Role.SUPERVISOR, password=hashed, totp=TOTP
        )
    ]
    change_operators(file, lambda _before: people)
    async with (
        cities_alone(tmp_path) as towns,
        everything_said(towns.values()) as said,
        console_over(towns, tmp_path, operators=file) as running,
    ):
        yield running, said


async def work(cities: ThreeCities) -> list[str]:
    """A shift with secrets in every field that takes one; the codes that were typed."""
    desk, codes = cities.desk, [pyotp.TOTP(TOTP).now(), "864209"]
    assert not (await desk.sign_in("li.na", WRONG, codes[0])).ok
    assert not (await desk.sign_in(WRONG, PASSWORD, codes[0])).ok
    assert not (await desk.sign_in("li.na", PASSWORD, codes[1])).ok
    assert (await desk.sign_in("li.na", PASSWORD, codes[0])).ok
    number = await desk.open_incident(
        SQUARE, Datum.WGS84, f"五一广场 电话{CALLER}", Priority.URGENT, chief_complaint=f"胸痛 {OTHER_CALLER}"
    )
    await desk.note_caller(number, CALLER, NAME, f"再打 {OTHER_CALLER}")
    await desk.join_call(number, Act.CHASE, f"催 {CALLER}", OTHER_CALLER, NAME)
    await desk.note(number, f"家属电话 {CALLER}")
    assert any(call.number == CALLER for call in await desk.callers_unmasked(number))
    ranking = desk.rank_units(number)
    unit = ranking.candidates[0].unit
    assert (await desk.choose_unit(number, unit, ranking)).ok
    await until(lambda: cities.crews_of(unit).told(unit))
    await desk.hold(number, f"等 {CALLER} 回电", None)
    await desk.sign_handover(desk.handover_sheet(), "li.na", WRONG, f"回电 {CALLER}", codes[1])
    for fault in faults():
        cities.session._fault("a part", fault)
        desk.note_fault("a handler", str(fault) if isinstance(fault, DispatchError) else "")
    await desk.erase_callers(number, f"机主 {OTHER_CALLER} 要求")
    await desk.sign_in_by_break_glass("li.na", "系统故障")
    await desk.sign_out()
    return codes


class Form(BaseModel):
    telephone: int


def faults() -> list[Exception]:
    """Faults of the program as libraries word them: with what was typed inside."""
    raised: list[Exception] = [ValueError(f"cannot read {CALLER}"), KeyError(OTHER_CALLER)]
    try:
        Form.model_validate({"telephone": NAME})
    except ValidationError as error:
        raised.append(error)
    return raised


def searched(folder: Path) -> bytes:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in KEPT_APART]
    assert any(path.name == "audit.db" for path in files)
    assert sum(path.name == "centre.db" for path in files) == 3
    return b"".join(path.read_bytes() for path in files)


async def test_a_shift_leaves_no_secret_where_it_does_not_belong(
    cities: tuple[ThreeCities, bytearray], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    running, said = cities
    codes = await work(running)
    alarms = repr(running.session.picture.alarms.listed())
    await running.session.audit.close()
    everything = searched(tmp_path) + bytes(said) + caplog.text.encode() + alarms.encode()
    hashed = load_operators(tmp_path / "operators.toml")[0].password
    secrets = (PASSWORD, WRONG, TOTP, hashed, CALLER, OTHER_CALLER, NAME, *codes)
    found = [secret for secret in secrets if secret.encode() in everything]
    assert not found
    assert "五一广场".encode() in bytes(said), "the incident itself was said"


def test_what_holds_a_secret_does_not_show_it_when_it_is_printed(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(BROKER_PASSWORD, "utf-8")
    link = LinkEndpoint(host="h", password_file=tmp_path / "password", tls=Tls(ca_file=tmp_path / "ca.pem"))
    endpoint = link.endpoint("console-1")
    operator = Operator(
        id="li.na", name=Name(zh="李娜", en="Li Na"), role=Role.SUPERVISOR, password=PASSWORD, totp=TOTP
    )
    shown = [
        repr(endpoint),
        str(endpoint),
        repr(link),
        repr(operator),
        str(operator),
        operator.model_dump_json(),
    ]
    shown += [repr(Endpoint("h", 1, "u", BROKER_PASSWORD, TlsFiles(tmp_path)))]
    assert endpoint.password == BROKER_PASSWORD
    assert not [one for one in shown for secret in (BROKER_PASSWORD, PASSWORD, TOTP) if secret in one]


def test_private_keys_are_their_owners_alone_and_stand_in_no_other_file(tmp_path: Path) -> None:
    authority = Authority.opened(tmp_path, SystemClock(), valid_days=90)
    authority.issue(tmp_path / "changsha", "centre", "changsha-centre")
    keys = [path for path in tmp_path.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert sorted(path.name for path in keys) == ["ca.key", "centre.key"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys)
    assert "PRIVATE" not in repr(authority)


def fails(password: str) -> None:
    raise RuntimeError(f"a fault with {len(password)} characters")


def test_a_crash_shows_where_it_happened_and_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    app = ConsoleApp.__new__(ConsoleApp)
    super(ConsoleApp, app).__init__(MANNERS)
    monkeypatch.setattr(app, "bell", lambda: None)
    monkeypatch.setattr(app, "_close_messages_no_wait", lambda: None)
    plain = ""
    try:
        fails(PASSWORD)
    except RuntimeError as fault:
        told = traceback.TracebackException.from_exception(fault, capture_locals=True)
        plain = "".join(told.format())
        app._fatal_error()
    assert PASSWORD in plain, "the variable was there to be shown"
    (shown,) = app._exit_renderables
    text = "".join(segment.text for segment in shown.segments)  # type: ignore[union-attr]
    assert "a fault with 15 characters" in text
    assert PASSWORD not in text
