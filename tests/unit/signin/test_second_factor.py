"""Codes of a second factor: the vectors of RFC 6238, clocks that are off, codes that were used."""

from base64 import b32encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from typer.testing import CliRunner

from dispatch import language
from dispatch.audit.read import rows
from dispatch.cli import operators as command
from dispatch.clock import ManualClock
from dispatch.domain.errors import BadConfiguration, DispatchError
from dispatch.settings.operators import change_operators, load_operators
from dispatch.signin import CodeWanted, SignIn
from dispatch.signin.second_factor import address, fresh_secret, matching_step, spelt_secret, usable
from tests.unit.signin.people import LI, PASSWORDS, QUICK, WANG, Site, operators

SECRET = b32encode(b"12345678901234567890").decode()
RFC_6238 = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
"""Appendix B, SHA-1: seconds since 1970 and eight digits, of which ours are the last six."""
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    language.use("en")
    yield
    language.use("en")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def site(tmp_path: Path, clock: ManualClock) -> Site:
    with_factor = [one.model_copy(update={"totp": SECRET}) if one.id == WANG else one for one in operators()]
    return Site(tmp_path, clock).staffed(with_factor)


def seat(site: Site, clock: ManualClock) -> SignIn:
    made = site.seat()
    made._wall = clock
    return made


def code(clock: ManualClock, steps: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(clock.now(), counter_offset=steps)


@pytest.mark.parametrize(("seconds", "eight"), RFC_6238)
def test_the_vectors_of_rfc_6238(seconds: int, eight: str) -> None:
    assert matching_step(SECRET, eight[-6:], datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@pytest.mark.parametrize("typed", ["", "1", "abcdef", "9428708200", "\uff12", "\x00", "9" * 500])
def test_what_is_no_code_fits_nothing(typed: str) -> None:
    assert matching_step(SECRET, typed, datetime.fromtimestamp(59, UTC)) is None


def test_full_width_digits_and_blanks_are_read() -> None:
    full_width = "287 082".translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    assert matching_step(SECRET, full_width, datetime.fromtimestamp(59, UTC)) == 1


def test_a_clock_may_be_one_step_off_and_no_more(clock: ManualClock) -> None:
    now = clock.now()
    fits = {steps for steps in range(-4, 5) if matching_step(SECRET, code(clock, steps), now) is not None}
    assert fits == {-1, 0, 1}


def test_a_new_secret_is_usable_and_its_address_is_read_by_an_authenticator() -> None:
    secret = fresh_secret()
    assert usable(secret)
    assert fresh_secret() != secret
    read = pyotp.parse_uri(address(secret, WANG))
    assert (read.secret, read.name, read.issuer) == (secret, WANG, "czt")
    assert spelt_secret("abcd efgh-ijkl") == "ABCDEFGHIJKL"
    assert not usable("AAAA")
    assert not usable("not base32!")


async def test_whoever_has_a_second_factor_needs_password_and_code(site: Site, clock: ManualClock) -> None:
    here = seat(site, clock)
    assert here.wants_code(WANG)
    assert not here.wants_code(LI)
    with pytest.raises(CodeWanted):
        await here.confirm(WANG, PASSWORDS[WANG])
    assert not (await here.sign_in(WANG, PASSWORDS[WANG])).ok
    assert not (await here.sign_in(WANG, "wrong password", code(clock))).ok
    assert not (await here.sign_in(WANG, PASSWORDS[WANG], "000000")).ok
    assert here.by is None
    assert (await here.sign_in(WANG, PASSWORDS[WANG], code(clock))).ok
    assert (await here.sign_in(LI, PASSWORDS[LI])).ok


async def test_a_code_is_taken_once_even_after_a_restart(site: Site, clock: ManualClock) -> None:
    used = code(clock)
    assert (await seat(site, clock).sign_in(WANG, PASSWORDS[WANG], used)).ok
    again = await seat(site, clock).sign_in(WANG, PASSWORDS[WANG], used)
    assert "used already" in again.message
    site.pass_time(30)
    assert "used already" in (await seat(site, clock).sign_in(WANG, PASSWORDS[WANG], used)).message
    assert (await seat(site, clock).sign_in(WANG, PASSWORDS[WANG], code(clock))).ok


async def test_wrong_codes_are_counted_as_wrong_passwords_are_and_never_stop_break_glass(
    site: Site, clock: ManualClock
) -> None:
    here = seat(site, clock)
    for _time in range(3):
        await here.sign_in(WANG, PASSWORDS[WANG], "000000")
    message = (await here.sign_in(WANG, PASSWORDS[WANG], code(clock))).message
    assert "wait" in message
    assert (await here.sign_in_by_break_glass(WANG, "everybody is locked out")).ok
    failed = [row.detail["why"] for row in site.said("signin.failed")]
    assert failed == ["code"] * 3


async def test_neither_secret_nor_code_is_written_anywhere_but_in_the_file_of_operators(
    site: Site, clock: ManualClock
) -> None:
    here = seat(site, clock)
    typed = [code(clock), "135791"]
    for one in typed:
        await here.sign_in(WANG, PASSWORDS[WANG], one)
    (wang,) = (one for one in load_operators(site.file) if one.id == WANG)
    assert wang.totp == SECRET
    said = [str(row) for row in rows(site.folder / "audit.db")] + [repr(wang), wang.model_dump_json()]
    assert not [text for text in said for secret in (SECRET, *typed) if secret in text]


def test_a_secret_that_cannot_be_used_is_refused_without_being_shown(site: Site) -> None:
    broken = site.file.read_text("utf-8").replace(SECRET, "SECRET-THAT-IS-NONE")
    site.file.write_text(broken, "utf-8")
    with pytest.raises(BadConfiguration) as refusal:
        load_operators(site.file)
    assert "second factor" in str(refusal.value)
    assert "SECRET-THAT-IS-NONE" not in str(refusal.value)


def test_the_command_takes_the_secret_of_a_token_and_takes_it_away(site: Site) -> None:
    change_operators(site.file, lambda held: held)

    def czt(*words: str, typed: str = "") -> tuple[int, str, BaseException | None]:
        result = CliRunner().invoke(command.app, [*words, "--config", str(site.folder)], input=typed)
        return result.exit_code, result.output, result.exception

    token = fresh_secret()
    done, said, _error = czt("totp", LI, "--secret-stdin", typed=f"{token.lower()}\n")
    assert done == 0
    assert token not in said.upper()
    assert {one.id: one.totp for one in load_operators(site.file)}[LI] == token
    _done, listed, _error = czt("list")
    assert listed.count("second factor") == 2
    _done, as_json, _error = czt("list", "--json")
    assert token not in as_json
    assert as_json.count('"second_factor": true') == 2
    assert czt("totp", LI, "--off")[0] == 0
    assert {one.id: one.totp for one in load_operators(site.file)}[LI] == ""
    for typed in ("SHORT\n", "no base32 at all, whatever its length is\n", ""):
        assert isinstance(czt("totp", LI, "--secret-stdin", typed=typed)[2], DispatchError)
    assert isinstance(czt("totp", LI)[2], DispatchError), "without a terminal nothing is shown"
    assert QUICK.fits(load_operators(site.file)[0].password, PASSWORDS[WANG])
