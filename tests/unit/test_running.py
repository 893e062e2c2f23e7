"""Desks beside the one that began a drill."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.cli.app import app
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import CityCode
from dispatch.rig import seat_beside
from dispatch.settings import Configuration, load

CHANGSHA, XIANGTAN = CityCode("changsha"), CityCode("xiangtan")


@pytest.fixture
def site(tmp_path: Path) -> Configuration:
    configuration = load()
    settings = configuration.settings.model_copy(update={"data_dir": tmp_path})
    return configuration.model_copy(update={"settings": settings})


def test_every_console_that_joins_gets_a_desk_of_its_own(site: Configuration) -> None:
    with seat_beside(site, CHANGSHA) as second, seat_beside(site, XIANGTAN) as neighbour:
        with seat_beside(site, CHANGSHA) as third:
            assert (second, third, neighbour) == (2, 3, 2)
        with seat_beside(site, CHANGSHA) as again:
            assert again == 3


def test_the_desk_of_a_console_that_was_killed_is_free_again(site: Configuration, tmp_path: Path) -> None:
    with seat_beside(site, CHANGSHA):
        pass
    (tmp_path / "running" / "desks" / "changsha-2").write_text("999999999", "utf-8")
    with seat_beside(site, CHANGSHA) as desk:
        assert desk == 2


def test_one_console_more_than_there_are_digits_is_refused(site: Configuration) -> None:
    with ExitStack() as desks:
        for _desk in range(8):
            desks.enter_context(seat_beside(site, CHANGSHA))
        with pytest.raises(DispatchError, match="changsha"), seat_beside(site, CHANGSHA):
            pass


def test_there_is_nothing_to_join_where_no_drill_runs(tmp_path: Path) -> None:
    shipped = Path("config/settings.toml").read_text("utf-8")
    (tmp_path / "settings.toml").write_text(f'data_dir = "{tmp_path}"\n{shipped}', "utf-8")
    result = CliRunner().invoke(app, ["--lang", "en", "drill", "--join", "--config", str(tmp_path)])
    assert isinstance(result.exception, DispatchError)
    assert "no drill runs on this machine" in str(result.exception)
