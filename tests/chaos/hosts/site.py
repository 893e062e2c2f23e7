"""What the hosts of a run are set up with, as an installer would: by `czt`, one folder for each host."""

import json
from pathlib import Path

from typer.testing import CliRunner

from dispatch import language
from dispatch.certificates import CA
from dispatch.cli.app import app
from dispatch.settings import config_dir
from tests.chaos.cities.small_cities import CITIES, make_configuration
from tests.chaos.hosts.network import ADDRESSES

UNITS = 8
"""Of each city."""
PORT = 8883
CONSOLES = ("console-1", "console-2")
"""The first has a link to each city's broker, the second one to its own alone."""
BANKS = {"changsha": "CS-B-CENTRE", "xiangtan": "XT-B-CENTRE", "zhuzhou": "ZZ-B-CENTRE"}


class Site:
    """The folders of one run below `folder`."""

    def __init__(self, folder: Path, centres: dict[str, str]) -> None:
        """`centres`: city -> "direct" or "bridge", how its centre reaches the others."""
        self.folder, self.pki = folder, folder / "pki"
        self._centres = centres

    def config(self, city: str) -> Path:
        """The configuration of a host."""
        return self.folder / "config" / city

    def broker(self, city: str) -> Path:
        return self.folder / "brokers" / city

    def make(self) -> None:
        for city in CITIES:
            make_configuration(self.config(city), UNITS)
            (self.config(city) / "brokers.toml").write_text(_brokers(), "utf-8")
            (self.config(city) / "settings.toml").write_text(self._settings(city), "utf-8")
        czt("keys", "pki", "--out", str(self.pki), "--drill", "--config", str(self.config(CITIES[0])))
        for city in CITIES:
            out = ("--out", str(self.broker(city)), "--pki", str(self.pki))
            more = ("--drill", "--user", "root", "--config", str(self.config(city)))
            czt("broker", "config", city, *out, *more)

    def endpoints(self, city: str, *, alone: bool = False, simulator: bool = False) -> str:
        """The brokers as a program of a city reaches them, as JSON; `alone`: only its own."""
        base = f"{self.pki}/{'simulators' if simulator else city}/{{program}}"
        tls = {"ca": f"{self.pki}/{CA}", "cert": f"{base}.pem", "key": f"{base}.key"}
        where = {
            one: {"host": address, "port": PORT, "tls": tls}
            for one, address in ADDRESSES.items()
            if one == city or not alone
        }
        return json.dumps(where)

    def _settings(self, city: str) -> str:
        """Real operation; the tables after the first stay as they are shipped."""
        links = [
            f'[links.{one}]\nhost = "{address}"\nport = {PORT}\ntls = {{ ca_file = "{self.pki}/{CA}", '
            f'cert_file = "{self.pki}/{city}/{{program}}.pem", '
            f'key_file = "{self.pki}/{city}/{{program}}.key" }}\n'
            for one, address in ADDRESSES.items()
        ]
        shipped = (config_dir() / "settings.toml").read_text("utf-8")
        changed = {
            'home_city = "changsha"': f'home_city = "{city}"',
            'broker = "auto"': f'broker = "configured"\ndata_dir = "{self.folder}/data/{city}"\n'
            f'other_cities = "{self._centres[city]}"',
        }
        for old, new in changed.items():
            if old not in shipped:
                raise ValueError(f"settings.toml has no {old}")
            shipped = shipped.replace(old, new)
        return shipped + "\n" + "\n".join(links)


def _brokers() -> str:
    shipped = (config_dir() / "brokers.toml").read_text("utf-8")
    consoles = json.dumps(CONSOLES)
    tables = [
        f'[cities.{city}]\nhost = "{address}"\nlisten = "{address}"\nport = {PORT}\nconsoles = {consoles}\n'
        for city, address in ADDRESSES.items()
    ]
    return shipped.split("[cities.")[0] + "\n".join(tables)


def czt(*words: str) -> str:
    """Run a command in this process; RuntimeError with its words when it does not succeed."""
    spoken = language.current()
    done = CliRunner().invoke(app, ["--lang", "en", *words])
    language.use(spoken)
    if done.exit_code:
        raise RuntimeError(f"czt {' '.join(words)}: {done.output} {done.exception or ''}")
    return done.output
