"""The decoder's English complaints in Chinese: made by the decoder, so that another version is noticed."""

import re
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from dispatch.feed.decoder_words import decoder_words
from dispatch.feed.refusals import UNREADABLE, explain


class Message(msgspec.Struct, forbid_unknown_fields=True):
    count: int
    text: Annotated[str, Meta(min_length=1, max_length=3, pattern="^x")] = "x"
    kind: Literal["p", "q"] = "p"
    share: Annotated[float, Meta(ge=0, le=1)] = 0
    many: Annotated[list[int], Meta(max_length=1)] = []
    perhaps: int | None = None


def complaint(raw: bytes) -> str:
    with pytest.raises(UNREADABLE) as wrong:
        msgspec.json.decode(raw, type=Message)
    return str(wrong.value)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{}", "缺少字段 count"),
        (b'{"count":1,"other":1}', "没有名为 other 的字段"),
        (b'{"count":"1"}', "$.count：须为整数，收到的是文字"),
        (b'{"count":1,"perhaps":"1"}', "$.perhaps：须为整数，或 空值，收到的是文字"),
        (b'{"count":1,"text":"xxxx"}', "$.text：文字最多 3 个字符"),
        (b'{"count":1,"text":""}', "$.text：文字至少 1 个字符"),
        (b'{"count":1,"text":"a"}', "$.text：文字须符合格式 '^x'"),
        (b'{"count":1,"kind":"z"}', "$.kind：此处不允许 'z'"),
        (b'{"count":1,"share":2}', "$.share：数值须 <= 1.0"),
        (b'{"count":1,"many":[1,2]}', "$.many：最多 1 项"),
        (b'{"count":1e999}', "$.count：数值过大"),
        (b'{"count":', "报文不完整，中途截断"),
        (b"[1]", "须为对象，收到的是列表"),
        (b"\xff", "报文第 0 字节处不是 JSON"),
    ],
)
def test_a_complaint_is_said_in_chinese(raw: bytes, said: str) -> None:
    assert decoder_words(complaint(raw), "zh_CN") == said
    assert decoder_words(complaint(raw), "en") == complaint(raw)


def test_a_refused_message_says_why_in_the_language_of_whoever_reads() -> None:
    facts = {"error": complaint(b'{"count":"1"}')}
    assert re.search("[a-z]{4,}", explain("malformed", facts, "zh_CN").replace("count", "")) is None
    assert "Expected `int`" in explain("malformed", facts, "en")


def test_what_nobody_has_put_into_words_stays_as_it_is() -> None:
    assert decoder_words("something new", "zh_CN") == "something new"
