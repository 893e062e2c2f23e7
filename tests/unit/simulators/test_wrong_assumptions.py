"""What does not fit together in a file of assumptions is said in the language of who wrote it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch.domain.errors import BadConfiguration
from dispatch.language import use
from dispatch.settings import config_file
from simulators.assumptions import load_assumptions
from simulators.blood_study.scenario import load_scenario
from simulators.study.scenario import load_study


def busy(folder: Path) -> object:
    return load_study("busy", folder)


def blood_study(folder: Path) -> object:
    return load_scenario(user_dir=folder)


@pytest.mark.parametrize(
    ("file", "right", "wrong", "read", "said"),
    [
        ("drills/assumptions/simulation.toml", "O = 0.34", "O = 0.44", load_assumptions, "占比之和为 1"),
        ("drills/assumptions/blood-study.toml", '"Zhuzhou"', '"Changsha"', blood_study, "站点名称相同"),
        ("studies/assumptions/three-cities.toml", "stations = 24", "stations = 44", busy, "急救站须有一辆车"),
    ],
)
def test_assumptions_that_do_not_fit_together_are_refused_in_chinese(
    tmp_path: Path, file: str, right: str, wrong: str, read: Callable[[Path], object], said: str
) -> None:
    use("zh_CN")
    text = config_file(file).read_text("utf-8")
    assert right in text
    own = tmp_path / file
    own.parent.mkdir(parents=True)
    own.write_text(text.replace(right, wrong, 1), "utf-8")
    with pytest.raises(BadConfiguration, match=said):
        read(tmp_path)
