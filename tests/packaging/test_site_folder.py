"""`czt init`: a folder that passes the check, says what is missing, and runs as services."""

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from dispatch.settings import load
from dispatch.settings.readiness import unready
from tests.packaging.conftest import Command

CITIES = ("changsha", "zhuzhou", "xiangtan")
ANALYZE = shutil.which("systemd-analyze")
INSTANCES = {
    "czt-centre@": "changsha",
    "czt-bank@": "CS-B-CENTRE",
    "czt-drill@": "quiet-shift",
    "czt-web": "",
}
LARGEST_EXPOSURE = 2.0
"""Of 10, as systemd-analyze counts; what is left is the network, which the services are for."""


@pytest.mark.parametrize("city", CITIES)
def test_the_folder_of_each_city_passes_the_check_and_says_what_is_missing(
    czt: Command, tmp_path: Path, city: str
) -> None:
    site = tmp_path / "site"
    made = czt("init", city, "--out", str(site), CZT_LANG="en")
    assert made.returncode == 0, made.stderr
    checked = czt("config", "check", "--config", str(site), CZT_LANG="en")
    assert checked.returncode == 0, checked.stderr
    for missing in (
        *(f"mqtt.{one}.example is a placeholder" for one in CITIES),
        f"secrets/{city}/console-1.key is not there yet",
    ):
        assert missing in made.stdout
        assert missing in checked.stdout
    settings = load(site).settings
    assert (settings.home_city, settings.broker, settings.language) == (city, "configured", "en")
    assert stat.S_IMODE((site / "secrets").stat().st_mode) == 0o700


def test_a_folder_whose_brokers_and_keys_are_there_is_ready(czt: Command, tmp_path: Path) -> None:
    site = tmp_path / "site"
    named = [f"--broker={city}=10.0.0.{number}:1883" for number, city in enumerate(CITIES, 1)]
    made = czt(
        "init", "xiangtan", "--out", str(site), "--plain", "--node", "centre", *named, "--data", str(tmp_path)
    )
    assert made.returncode == 0, made.stderr
    password = site / "secrets" / "centre.password"
    password.write_text("x\n", "utf-8")
    password.chmod(0o644)
    settings = load(site).settings
    assert [(link.host, link.port) for link in settings.links.values()] == [
        ("10.0.0.1", 1883), ("10.0.0.3", 1883), ("10.0.0.2", 1883)]  # fmt: skip
    assert settings.data_dir == tmp_path
    assert len(unready(settings)) == 1, "the password can be read by others"
    password.chmod(0o600)
    assert unready(settings) == []
    assert settings.links[settings.home_city].endpoint("centre").password == "x"


def test_nothing_that_is_there_is_written_over_and_bad_words_are_refused(
    czt: Command, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "mine.txt").write_text("mine", "utf-8")
    tries = {
        ("changsha", str(site)): "not empty",
        ("wuhan", str(tmp_path / "w")): "no city is called wuhan",
        ("changsha", str(tmp_path / "n"), "--node", "a b"): "cannot be a name",
        ("changsha", str(tmp_path / "b"), "--broker", "changsha"): "write CITY=HOST",
        ("changsha", str(tmp_path / "p"), "--broker", "changsha=h:70000"): "write CITY=HOST",
    }
    for (city, out, *more), sentence in tries.items():
        refused = czt("init", city, "--out", out, *more, CZT_LANG="en")
        assert refused.returncode == 2
        assert sentence in refused.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["site"]
    assert (site / "mine.txt").read_text("utf-8") == "mine"


def test_the_readme_speaks_both_languages_and_names_only_commands_that_there_are(
    czt: Command, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    czt("init", "zhuzhou", "--out", str(site))
    text = (site / "README.md").read_text("utf-8")
    assert "接下来要做的事" in text
    assert "What to do next" in text
    assert "$" not in text
    for command in sorted(set(re.findall(r"`czt ([a-z]+)", text))):
        assert czt(command, "--help").returncode == 0, command
    assert "secrets/zhuzhou/console-1.key" in (site / "secrets" / "README.txt").read_text("utf-8")


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not on this machine")
def test_the_services_are_what_systemd_understands_and_are_hardened(
    czt: Command, environment: Path, tmp_path: Path
) -> None:
    assert ANALYZE is not None
    site = tmp_path / "site"
    czt("init", "changsha", "--out", str(site))
    for name, instance in INSTANCES.items():
        service = site / "systemd" / f"{name}.service"
        text = service.read_text("utf-8")
        assert f"ExecStart={environment}/bin/czt " in text, "the service starts the program that wrote it"
        alone = tmp_path / f"{name}{instance}.service"
        alone.write_text(text, "utf-8")
        verified = subprocess.run(
            [ANALYZE, "verify", "--man=no", str(alone)], capture_output=True, text=True, timeout=60
        )
        about_ours = [line for line in verified.stderr.splitlines() if "czt" in line]
        assert (verified.returncode, about_ours) == (0, []), verified.stderr
        judged = subprocess.run(
            [ANALYZE, "security", "--offline=true", "--no-pager", str(service)],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        exposure = re.search(r"exposure level for \S+: (\d+\.\d)", judged.stdout)
        assert exposure is not None, judged.stdout + judged.stderr
        assert float(exposure[1]) <= LARGEST_EXPOSURE, judged.stdout


def test_every_command_of_a_service_can_be_called_as_it_stands(czt: Command, tmp_path: Path) -> None:
    site = tmp_path / "site"
    czt("init", "changsha", "--out", str(site))
    for name, instance in INSTANCES.items():
        text = (site / "systemd" / f"{name}.service").read_text("utf-8")
        (line,) = re.findall(r"^ExecStart=\S+/czt (.*)$", text, re.MULTILINE)
        words = line.replace("%i", instance).split()
        options = [word for word in words if word.startswith("--")]
        helped = czt(*[word for word in words[:2] if not word.startswith("-") and word != instance], "--help")
        assert helped.returncode == 0, helped.stderr
        assert all(re.search(rf"{option}\b", helped.stdout) for option in options), (line, helped.stdout)
