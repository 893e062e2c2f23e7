"""Refusals in words."""

from dispatch import language
from dispatch.console.faults import said_error
from dispatch.domain.errors import IllegalTransition, MissingField


def test_an_illegal_step_is_refused_with_the_legal_ones_in_words() -> None:
    error = IllegalTransition("EN_ROUTE", "AT_HOSPITAL", ("ON_SCENE", "AVAILABLE_ON_ROAD"))
    said = said_error(error)
    assert "EN_ROUTE" not in said
    assert "到达医院" in said
    assert said.index("之后不能是") < said.index("下一状态可为")
    language.use("en")
    assert said_error(error).endswith("next may be: on scene, available on the road")


def test_a_step_of_something_else_is_said_as_it_is() -> None:
    assert "gone" in said_error(IllegalTransition("gone", "back", ("nothing: it is final",)))


def test_a_missing_field_is_named() -> None:
    assert "原因" in said_error(MissingField("原因", "须说明"))
