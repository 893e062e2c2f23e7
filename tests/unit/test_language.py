"""Two languages, switched while the console runs."""

from collections.abc import Iterator

import pytest

from dispatch import language
from dispatch.language import LANGUAGES, N_, _, catalogue, say, use

SENTENCE = N_("unit chosen")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    use("zh_CN")


def test_chinese_is_spoken_until_told_otherwise() -> None:
    assert language.current() == "zh_CN"
    assert _(SENTENCE) == "选定车辆"


def test_the_language_is_switched_at_once() -> None:
    use("en")
    assert _(SENTENCE) == "unit chosen"
    use("zh_CN")
    assert _(SENTENCE) == "选定车辆"


def test_an_unknown_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="'fr' is not one of zh_CN, en"):
        use("fr")
    assert language.current() == "zh_CN"


def test_facts_stand_in_the_sentence_of_either_language() -> None:
    broken = N_("the file is damaged: {found}")
    assert say("en", broken, found="page 3") == "the file is damaged: page 3"
    assert say("zh_CN", broken, found="第3页") == "文件已损坏：第3页"


def test_facts_with_braces_are_facts_and_no_format() -> None:
    assert say("en", "{found}", found="{0} {x!r}") == "{0} {x!r}"


def test_a_sentence_without_facts_may_hold_braces() -> None:
    assert say("zh_CN", 'no translation for {"this": 1}') == 'no translation for {"this": 1}'


def test_an_unknown_sentence_is_said_in_english() -> None:
    assert say("zh_CN", "nobody translated this") == "nobody translated this"


def test_there_is_a_catalogue_for_every_language_but_english() -> None:
    assert all(catalogue(one) for one in LANGUAGES if one != "en")
