"""A user's files replace shipped ones, and a wrong one is refused with its file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch import language
from dispatch.domain.errors import BadConfiguration
from dispatch.domain.geography import Position, great_circle_km
from dispatch.settings import config_dir, config_file, load, user_folder

Override = Callable[..., Path]


@pytest.fixture(autouse=True)
def _english_and_nobodys_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Sentences are compared in English; the environment and home of the tester do not count."""
    language.use("en")
    monkeypatch.delenv("CZT_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def user_dir(tmp_path: Path) -> Path:
    """An empty folder of the user's."""
    folder = tmp_path / "mine"
    folder.mkdir()
    return folder


@pytest.fixture
def override(user_dir: Path) -> Override:
    """Copy a shipped file into the user's folder with some text replaced; returns the copy."""

    def copy(relative: str, *changes: tuple[str, str]) -> Path:
        text = (config_dir() / relative).read_text("utf-8")
        for old, new in changes:
            assert old in text, f"{relative} no longer contains {old!r}"
            text = text.replace(old, new, 1)
        path = user_dir / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return copy


def line_with(path: Path, text: str) -> int:
    """The first line of a file that contains `text`, from 1."""
    lines = path.read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


# --- replacing file by file -------------------------------------------------------------------


def test_a_file_of_the_user_replaces_that_file_alone(override: Override, user_dir: Path) -> None:
    mine = override("settings.toml", ('language = "zh_CN"', 'language = "en"'))
    configuration = load(user_dir)
    assert configuration.settings.language == "en"
    assert len(configuration.cities) == 3
    assert config_file("settings.toml", user_dir) == mine
    assert config_file("cities/zhuzhou.toml", user_dir) == config_dir() / "cities" / "zhuzhou.toml"


def test_the_folder_is_the_one_named_then_the_environment_then_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user_dir: Path
) -> None:
    assert user_folder() is None
    home = tmp_path / "home" / ".config" / "czt"
    home.mkdir(parents=True)
    assert user_folder() == home
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("CZT_CONFIG", str(other))
    assert user_folder() == other
    assert user_folder(user_dir) == user_dir


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="does not exist"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("relative", "mistyped", "sentence"),
    [
        ("settings.toml", "setings.toml", "replaces no shipped one"),
        ("rules/units.toml", "rules/unit.toml", "replaces no shipped one"),
        (
            "cities/changsha.toml",
            "cities/changhsa.toml",
            "the map knows no city changhsa; it knows: changsha",
        ),
        (
            "sites/changsha.toml",
            "sites/changhsa.toml",
            "changhsa: there is no such entry; did you mean: changsha",
        ),
    ],
)
def test_a_file_whose_name_is_mistyped_is_told(
    override: Override, user_dir: Path, relative: str, mistyped: str, sentence: str
) -> None:
    override(relative).rename(user_dir / mistyped)
    with pytest.raises(BadConfiguration) as raised:
        load(user_dir)
    assert sentence in raised.value.message
    assert raised.value.file == str(user_dir / mistyped)


def test_drills_may_be_added_and_other_kinds_of_files_do_not_matter(user_dir: Path) -> None:
    (user_dir / "drills").mkdir()
    (user_dir / "drills" / "ours.toml").write_text("", "utf-8")
    (user_dir / "secrets").mkdir()
    (user_dir / "secrets" / "changsha.password").write_text("x", "utf-8")
    assert load(user_dir).settings.language == "zh_CN"


def test_relative_paths_start_at_the_folder_of_the_settings_file(override: Override, user_dir: Path) -> None:
    link = (
        '\n[links.changsha]\nhost = "a.example"\npassword_file = "secrets/a"\ntls = { ca_file = "ca.pem" }\n'
    )
    mine = override("settings.toml", ('# data_dir = "/var/lib/czt"', 'data_dir = "data" #'))
    mine.write_text(mine.read_text("utf-8") + link, "utf-8")
    settings = load(user_dir).settings
    changsha = settings.links[load(user_dir).cities[0].code]
    assert settings.data_dir == user_dir / "data"
    assert changsha.password_file == user_dir / "secrets" / "a"
    assert changsha.tls is not None
    assert changsha.tls.ca_file == user_dir / "ca.pem"


def test_without_a_word_data_is_kept_below_the_home_of_the_user(tmp_path: Path, user_dir: Path) -> None:
    assert load(user_dir).settings.data_dir == tmp_path / "home" / ".local" / "share" / "czt"


def test_a_file_may_give_its_positions_in_gcj02(override: Override, user_dir: Path) -> None:
    override("sites/changsha.toml", ('datum = "wgs84"', 'datum = "gcj02"'))
    shipped = Position(lat=28.1936, lon=113.0081)
    station = next(site for site in load(user_dir).sites if site.name.zh == "长沙站")
    assert 0.3 < great_circle_km(station.position, shipped) < 0.8


def test_a_unit_named_by_itself_keeps_its_number_and_plate(override: Override, user_dir: Path) -> None:
    mine = override("cities/xiangtan.toml")
    own = '\n[[unit]]\nid = "XT-002"\nstation = "XT-S-STEEL"\nkind = "isolation"\nplate = "湘C·12345"\n'
    mine.write_text(mine.read_text("utf-8") + own, "utf-8")
    units = {unit.id: unit for unit in load(user_dir).units if unit.city == "xiangtan"}
    named = next(unit for number, unit in units.items() if number == "XT-002")
    assert named.plate == "湘C·12345"
    assert named.station == "XT-S-STEEL"
    assert len(units) == 46


# --- wrong settings ---------------------------------------------------------------------------

STATION = 'id = "ZZ-S-CENTRAL"'
WRONG = [
    ("settings.toml", 'language = "zh_CN"', 'language = "de"', "language: is 'de'; allowed: 'zh_CN', 'en'"),
    ("settings.toml", 'language = "zh_CN"', 'langauge = "en"', "did you mean language?"),
    (
        "settings.toml",
        'home_city = "changsha"',
        'home_city = "yueyang"',
        "home_city: is 'yueyang'; allowed: ",
    ),
    ("settings.toml", 'node = "console-1"', 'node = "no spaces"', "node: must look like "),
    ("settings.toml", 'node = "console-1"', "node = 7", "node: must be a text in quotes; it is 7"),
    ("settings.toml", 'broker = "auto"', 'broker = "configured"', "needs a [links.…] table for: changsha, "),
    (
        "settings.toml",
        'basic = ["basic"]',
        'basic = ["hover"]',
        "vehicles.basic[1]: is 'hover'; allowed: 'basic', ",
    ),
    ("cities/zhuzhou.toml", STATION, 'id = "CS-S-CENTRAL"', "must begin with ZZ-"),
    ("cities/zhuzhou.toml", 'id = "ZZ-S-331"', STATION, "this id is already used at zhuzhou.toml:"),
    ("cities/zhuzhou.toml", 'prefix = "ZZ"', 'prefix = "Z"', "city.prefix: must look like "),
    (
        "cities/zhuzhou.toml",
        'hospital = "ZZ-H-CENTRAL"',
        'hospital = "ZZ-H-CENTRE"',
        "did you mean: ZZ-H-CENTRAL",
    ),
    ("cities/zhuzhou.toml", 'hospital = "ZZ-H-CENTRAL"', "", "needs `hospital`, or `name` and `position`"),
    ("cities/zhuzhou.toml", "advanced = 3", "advancd = 3", "did you mean: advanced"),
    ("cities/zhuzhou.toml", "advanced = 3", "advanced = -3", "units.advanced: must be at least 0; it is -3"),
    ("cities/zhuzhou.toml", "[27.82300, 113.12200]", "[28.19500, 112.97100]", "km outside Tianyuan District"),
    ("cities/zhuzhou.toml", "[27.82300, 113.12200]", "[113.122, 27.823]", "position[1]: must be at most 90"),
    ("cities/zhuzhou.toml", "[27.82300, 113.12200]", "[27.823]", "position[2]: is missing"),
    (
        "cities/zhuzhou.toml",
        'district = "430211"',
        'district = "430102"',
        "district 430102 is unknown; allowed: ",
    ),
    ("cities/zhuzhou.toml", 'default_source = "memory"', 'default_source = "mem"', "did you mean: memory"),
    ("cities/zhuzhou.toml", "population_million = 0.49", "population_million = 0", "must be greater than 0"),
    ("cities/zhuzhou.toml", 'datum = "wgs84"', 'datum = "utm"', "datum: is 'utm'; allowed: 'wgs84', "),
    ("cities/zhuzhou.toml", 'datum = "wgs84"', "", "datum: is missing"),
    ("sites/zhuzhou.toml", 'id = "ZZ-L-KONGLINGAN"', 'id = "ZZ-S-331"', "already used at zhuzhou.toml:"),
    (
        "rules/units.toml",
        "explain_nearer = 3",
        "explain_nearer = 30",
        "explain_nearer: must be at most 20; it is 30",
    ),
    (
        "rules/units.toml",
        "explain_nearer = 3",
        "explain_nearer = 1.5",
        "explain_nearer: must be a whole number",
    ),
    ("blood/components.toml", 'rule = "red_cells"', 'rule = "red"', "no such compatibility table; allowed: "),
]


@pytest.mark.parametrize(("relative", "right", "wrong", "sentence"), WRONG)
def test_a_wrong_setting_is_refused_where_it_stands(
    override: Override, user_dir: Path, relative: str, right: str, wrong: str, sentence: str
) -> None:
    shipped_line = line_with(config_dir() / relative, right)
    path = override(relative, (right, wrong))
    with pytest.raises(BadConfiguration) as raised:
        load(user_dir)
    assert sentence in raised.value.message
    assert raised.value.file == str(path)
    if wrong:
        assert raised.value.line == shipped_line
    else:  # what is missing is told at the head of its table
        assert raised.value.line <= shipped_line


def test_broken_toml_is_refused_with_its_line(override: Override, user_dir: Path) -> None:
    path = override("settings.toml", ('node = "console-1"', 'node = "console-1'))
    with pytest.raises(BadConfiguration, match="not valid TOML") as raised:
        load(user_dir)
    assert raised.value.line == line_with(path, 'node = "console-1')


def test_a_file_that_is_not_utf8_is_refused(override: Override, user_dir: Path) -> None:
    path = override("settings.toml")
    path.write_bytes("# 长沙\n".encode("gb18030") + path.read_bytes())
    with pytest.raises(BadConfiguration, match="not UTF-8"):
        load(user_dir)


def test_a_link_to_an_unknown_city_is_refused(override: Override, user_dir: Path) -> None:
    path = override("settings.toml")
    path.write_text(path.read_text("utf-8") + '\n[links.yueyang]\nhost = "a.example"\n', "utf-8")
    with pytest.raises(BadConfiguration, match="there is no such city; allowed: changsha") as raised:
        load(user_dir)
    assert raised.value.line == line_with(path, "[links.yueyang]")


def test_a_district_without_a_population_is_refused(override: Override, user_dir: Path) -> None:
    district = '[[district]]\ncode = "430302"                  # 雨湖区\npopulation_million = 0.64\n'
    override("cities/xiangtan.toml", (district, ""))
    with pytest.raises(BadConfiguration, match="districts without a population: 430302"):
        load(user_dir)


def test_a_tracker_moves_the_unit_it_is_mapped_to(override: Override, user_dir: Path) -> None:
    mine = override("owntracks.toml")
    tracker = '[[tracker]]\ndevice = "van/tablet"\ntid = "z7"\nunit = "ZZ-007"\ndatum = "gcj02"\n'
    mine.write_text(mine.read_text("utf-8") + tracker, "utf-8")
    owntracks = load(user_dir).owntracks
    by_topic = owntracks.tracker("owntracks/van/tablet", None)
    assert by_topic == owntracks.tracker("owntracks/somebody/else", "z7")
    assert by_topic is not None
    assert (by_topic.unit, by_topic.city, by_topic.datum) == ("ZZ-007", "zhuzhou", "gcj02")


@pytest.mark.parametrize(
    ("tracker", "sentence"),
    [
        ('device = "van/tablet"\nunit = "ZZ-999"\n', "ZZ-999: there is no such unit; did you mean: ZZ-"),
        ('unit = "ZZ-007"\n', "a tracker needs `device` or `tid`"),
        ('device = "owntracks/van/tablet"\nunit = "ZZ-007"\n', "tracker[1].device: must look like"),
        (
            'tid = "a"\nunit = "ZZ-007"\n[[tracker]]\ntid = "a"\nunit = "ZZ-008"\n',
            "a: this device stands here twice",
        ),
    ],
)
def test_a_wrong_tracker_is_refused(override: Override, user_dir: Path, tracker: str, sentence: str) -> None:
    mine = override("owntracks.toml")
    first = len(mine.read_text("utf-8").splitlines()) + 1
    mine.write_text(mine.read_text("utf-8") + "[[tracker]]\n" + tracker, "utf-8")
    with pytest.raises(BadConfiguration) as raised:
        load(user_dir)
    assert sentence in raised.value.message
    assert raised.value.line >= first


def test_a_recording_may_move_a_unit_in_a_drill_only(user_dir: Path) -> None:
    configuration = load(user_dir)
    assert not configuration.trackers(drill=False).replay
    assert configuration.trackers(drill=True).replay


def test_the_refusal_is_said_in_the_language_in_use(override: Override, user_dir: Path) -> None:
    override("settings.toml", ('language = "zh_CN"', 'langauge = "en"'))
    language.use("zh_CN")
    with pytest.raises(BadConfiguration, match="没有这个设置项"):
        load(user_dir)
