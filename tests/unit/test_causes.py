"""What the system and libraries say is said in the language in use."""

import errno
import json
import os
import re
import sqlite3
import ssl
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from dispatch.causes import cause
from dispatch.decide.blood_stock_document import BloodStockDocument
from dispatch.decide.documents import BadDocument, read
from dispatch.decide.picture_document import PictureDocument
from dispatch.feed.broker_words import answer, why_lost
from dispatch.wrong_values import wrong_value

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def failing(act: Callable[[], object]) -> BaseException:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error
    raise AssertionError("it did not fail")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert cause(failing((tmp_path / "none").read_bytes)) == "没有这个文件或文件夹"


@pytest.mark.parametrize("code", [errno.ENOENT, errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EADDRINUSE])
def test_the_usual_failures_of_the_system_are_chinese(code: int) -> None:
    assert CHINESE.search(cause(OSError(code, os.strerror(code))))


def test_a_failure_without_words_of_ours_keeps_its_own() -> None:
    assert cause(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"
    assert cause(ValueError()) == "ValueError"


def test_a_database_that_is_none_or_is_in_use(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    file.write_bytes(b"no database at all, but long enough to be looked at" * 20)
    with sqlite3.connect(file) as database:
        assert cause(failing(lambda: database.execute("select * from x"))) == "不是数据库"
    other = tmp_path / "y.db"
    with sqlite3.connect(other, isolation_level=None) as one, sqlite3.connect(other, timeout=0) as two:
        one.execute("begin immediate")
        assert cause(failing(lambda: two.execute("create table y (a)"))) == "另一个程序正在写入"


@pytest.mark.parametrize(
    "text",
    ["a", "a = ", "a = 1 2", "[a", "= 1", "[[a]", "a = [1", "a = {b = 1", 'a = "x', "a = 1\na = 2",
     "[a]\n[a]",
     'a = "\\q"', "a = 2026-13-01", "a = {b = 1, b = 2}", "a = [1]\n[a.b]", "a = 'x\ny'", 'a = "\x01"'],
)  # fmt: skip
def test_a_file_of_settings_with_a_slip_is_told_in_chinese_with_its_place(text: str) -> None:
    said = cause(failing(lambda: tomllib.loads(text)))
    assert CHINESE.search(said), said
    assert not re.search(r"[A-Z][a-z]+ [a-z]+", said), said


def test_text_that_is_no_json() -> None:
    assert cause(failing(lambda: json.loads("{]"))) == "不是 JSON：第 1 行第 2 列"


def test_a_certificate_that_is_refused() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = 10
    assert cause(error) == "对方证书已过期"


class Kinds(BaseModel, extra="forbid"):
    """One field of each kind that documents have."""

    whole: int = Field(0, ge=1, lt=10)
    number: float = Field(1.5, gt=0, le=2, allow_inf_nan=False)
    yes: bool = False
    text: str = Field("aa", min_length=2, max_length=3, pattern="^a")
    listed: tuple[int, ...] = Field((1,), min_length=1, max_length=2)
    table: dict[str, int] = {}


@pytest.mark.parametrize(
    "facts",
    [{"whole": 0}, {"whole": 10}, {"whole": "a"}, {"whole": 1.5}, {"number": 0}, {"number": 3},
     {"number": "x"}, {"yes": 2}, {"text": "a"}, {"text": "aaaa"}, {"text": "bb"}, {"text": 1},
     {"listed": []},
     {"listed": [1, 2, 3]}, {"listed": 1}, {"table": 1}, {"other": 1}],
)  # fmt: skip
def test_every_kind_of_wrong_value_is_told_in_chinese(facts: dict[str, object]) -> None:
    error = failing(lambda: TypeAdapter(Kinds).validate_json(json.dumps(facts), strict=True))
    assert isinstance(error, ValidationError)
    for one in error.errors():
        said = wrong_value(one)
        assert CHINESE.search(said), said
        assert "should" not in said


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "不是 JSON：第 1 行第 1 列"),
        ("nonsense", "不是 JSON"),
        ("[]", "必须是对象"),
        ("{}", "now: 未填写"),
        ('{"now": "2026-01-01"}', "必须是带时区的时间"),
        ('{"now": "1999-01-01T00:00:00Z"}', "2000 年至 2100 年"),
        ('{"now": "2026-01-01T00:00:00Z", "banks": [{"id": "?"}]}', "编号为 1 到 64 个字符"),
        ('{"now": "2026-01-01T00:00:00Z", "bank": []}', "此处没有这一项"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_in_chinese(document: str, said: str) -> None:
    with pytest.raises(BadDocument) as refused:
        read("stock", BloodStockDocument, document)
    assert said in str(refused.value)
    assert not re.search(r"Invalid|should|valid ", str(refused.value))


def test_the_other_faults_of_a_document_are_counted() -> None:
    with pytest.raises(BadDocument, match="另有 3 处错误"):
        read("picture", PictureDocument, '{"now": "2026-01-01T00:00:00Z", "a": 1, "b": 2}')


def test_a_broker_that_refuses_says_why_in_chinese() -> None:
    assert (
        answer(135, "Not authorized") == answer(5, "Not authorised") == "消息服务器不允许本程序接入：未授权"
    )
    assert answer(255, "Strange") == "Strange"


def test_a_broker_that_is_not_there_is_told_by_what_the_system_says() -> None:
    def connect() -> None:
        try:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        except OSError as error:
            raise RuntimeError(str(error)) from None  # as aiomqtt does it

    assert why_lost(failing(connect)) == "连接被拒绝：该地址没有服务"
