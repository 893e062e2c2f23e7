"""Sign-ins of browsers: bounded, over in time, found by their cookie only."""

from dispatch.domain.model import Name
from dispatch.domain.operators import Operator, Role
from dispatch.settings.web import WebRules
from dispatch.web.forms import FormKeys
from dispatch.web.sessions import Ended, Sessions

CHEN = Operator(id="chen.jie", name=Name(zh="陈洁", en="Chen Jie"), role=Role.BLOOD_STAFF)
RULES = WebRules(edition="test", desks=(6, 7), idle_min=10, longest_h=1)


class Seconds:
    """A count of seconds that a test moves on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_each_sign_in_has_a_desk_of_its_own_until_none_is_free() -> None:
    sessions = Sessions(RULES, Seconds())
    first, second = (sessions.open(CHEN, "zh_CN", "") for _ in range(2))
    assert first is not None
    assert second is not None
    assert [first[1].desk, second[1].desk] == [6, 7]
    assert first[0] != second[0]
    assert sessions.full
    assert sessions.open(CHEN, "zh_CN", "") is None
    assert sessions.close(first[1])
    assert not sessions.close(first[1]), "it was over already"
    third = sessions.open(CHEN, "en", "")
    assert third is not None
    assert third[1].desk == 6


def test_a_session_is_found_by_its_cookie_and_by_nothing_that_is_kept_of_it() -> None:
    sessions = Sessions(RULES, Seconds())
    opened = sessions.open(CHEN, "zh_CN", "")
    assert opened is not None
    cookie, session = opened
    assert sessions.get(cookie) is session
    assert sessions.get("") is None
    assert sessions.get(cookie[:-1]) is None
    assert cookie not in repr(vars(sessions))
    for kept in vars(sessions)["_by_mark"]:
        assert sessions.get(kept) is None


def test_a_session_ends_when_nobody_touches_it_and_after_its_longest_time_whatever_happens() -> None:
    seconds = Seconds()
    sessions = Sessions(RULES, seconds)
    opened = sessions.open(CHEN, "zh_CN", "")
    assert opened is not None
    cookie, session = opened
    seconds.now += 599
    assert sessions.get(cookie) is session
    seconds.now += 1
    assert sessions.get(cookie) is None
    assert sessions.over() == [(session, Ended.IDLE)]
    sessions.touch(session)
    for _ in range(5):
        seconds.now += 599
        sessions.touch(session)
    assert seconds.now - session.began_s < 3600 + 600
    seconds.now = session.began_s + 3600
    sessions.touch(session)
    assert sessions.over() == [(session, Ended.TIME)]


def test_a_form_fits_its_own_cookie_for_a_while_and_no_other() -> None:
    seconds = Seconds()
    keys = FormKeys(seconds)
    cookie, field = keys.fresh()
    other, _field = keys.fresh()
    assert keys.fits(cookie, field)
    assert not keys.fits(other, field)
    assert not keys.fits("", field)
    until, _dot, seal = field.partition(".")
    later = f"{int(until) + 1}.{seal}"
    for wrong in (
        "",
        ".",
        "x",
        later,
        f"{until}.",
        f"{until}.{seal[:-1]}",
        f"-{field}",
        f"{'9' * 5000}.{seal}",
    ):
        assert not keys.fits(cookie, wrong)
    assert not FormKeys(seconds).fits(cookie, field), "another process has another key"
    seconds.now += 1800
    assert not keys.fits(cookie, field)
