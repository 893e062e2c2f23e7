"""A site's own folder, ready to be filled: settings, its city, where keys go, services, what to do next."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from pydantic import TypeAdapter

from dispatch import __version__
from dispatch.causes import cause
from dispatch.domain.errors import DispatchError
from dispatch.domain.geography import City, CityCode
from dispatch.feed.transport import PROGRAM
from dispatch.language import _, current
from dispatch.settings.brokers import BEGINNINGS, RESERVED
from dispatch.settings.brokers import FILE as BROKERS
from dispatch.settings.files import config_dir
from dispatch.settings.model import NodeName
from dispatch.settings.readiness import PLACEHOLDER_END

_COMMENTS_AT = 29
"""Column of the comments in settings.toml."""
TLS_PORT, PLAIN_PORT = 8883, 1883
SECRETS, README = "secrets", "README.md"
_SHIPPED_PLACES = ("/opt/czt/bin/czt", "/etc/czt", "/var/lib/czt")
"""Where the shipped services look for the program, the settings and the records."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a machine of a city is: `brokers` are host and port of those that were named."""

    city: City
    cities: tuple[City, ...]
    node: str
    desk: int
    brokers: Mapping[CityCode, tuple[str, int | None]]
    tls: bool
    data_dir: Path | None
    program: Path

    def files(self, folder: Path) -> dict[str, str]:
        """Path below the folder -> text of everything that is written."""
        code = self.city.code
        taken = ("owntracks.toml", "trackers.toml", f"cities/{code}.toml", f"sites/{code}.toml")
        written = {name: (config_dir() / name).read_text("utf-8") for name in taken}
        written["settings.toml"] = self._settings()
        if self.tls:
            written[BROKERS] = self._broker_list()
        written[f"{SECRETS}/README.txt"] = self._filled("secrets.txt", folder)
        written[README] = self._filled("README.md", folder)
        for unit in sorted((config_dir() / "systemd").iterdir()):
            written[f"systemd/{unit.name}"] = self._service(unit.read_text("utf-8"), folder)
        return written

    @property
    def secret_files(self) -> tuple[str, ...]:
        """What `secrets/` shall hold, by name below it: as `czt keys pki` lays it out."""
        return self._secret_files(self.node)

    def _secret_files(self, program: str) -> tuple[str, ...]:
        own = f"{self.city.code}/{program}"
        return ("ca.pem", f"{own}.pem", f"{own}.key") if self.tls else (f"{program}.password",)

    def _settings(self) -> str:
        text = (config_dir() / "settings.toml").read_text("utf-8")
        said: dict[str, str | int] = {
            "language": current(),
            "home_city": self.city.code,
            "node": self.node,
            "desk": self.desk,
            "broker": "configured",
        }
        if self.data_dir is not None:
            said["data_dir"] = str(self.data_dir)
        for key, value in said.items():
            text = _with(text, key, value)
        links = [self._link(city.code) for city in self.cities]
        return text.partition("# The broker of each city;")[0] + _LINKS_HEAD + "\n".join(links)

    def _broker(self, city: CityCode) -> tuple[str, int]:
        """Host and port of a city's broker; a placeholder where none was named."""
        host, port = self.brokers.get(city, (f"mqtt.{city}{PLACEHOLDER_END}", None))
        return host, port or (TLS_PORT if self.tls else PLAIN_PORT)

    def _broker_list(self) -> str:
        """brokers.toml with the same addresses: `czt keys pki` and `czt broker config` read it."""
        shipped = (config_dir() / BROKERS).read_text("utf-8")
        consoles = {one.code: ["console-1", "console-2"] for one in self.cities}
        is_console = self.node not in RESERVED and not self.node.startswith(BEGINNINGS)
        if is_console and self.node not in consoles[self.city.code]:
            consoles[self.city.code].append(self.node)
        tables = []
        for one in self.cities:
            host, port = self._broker(one.code)
            names = ", ".join(f'"{name}"' for name in consoles[one.code])
            tables.append(f'[cities.{one.code}]\nhost = "{host}"\nport = {port}\nconsoles = [{names}]\n')
        return shipped.partition("[cities.")[0] + "\n".join(tables)

    def _link(self, city: CityCode) -> str:
        host, port = self._broker(city)
        lines = [f"[links.{city}]", f'host = "{host}"', f"port = {port}"]
        if self.tls:
            ca, certificate, key = (f"{SECRETS}/{name}" for name in self._secret_files(PROGRAM))
            lines.append(f'tls = {{ ca_file = "{ca}", cert_file = "{certificate}", key_file = "{key}" }}')
        else:
            lines += [f'username = "{self.node}"', f'password_file = "{SECRETS}/{self.secret_files[0]}"']
        return "\n".join(lines) + "\n"

    def _filled(self, name: str, folder: Path) -> str:
        template = Template((config_dir() / "site_folder" / name).read_text("utf-8"))
        return template.substitute(
            city=self.city.code,
            zh_name=self.city.name.text("zh_CN"),
            en_name=self.city.name.text("en"),
            version=__version__,
            folder=folder,
            listed="\n".join(f"    {SECRETS}/{name}" for name in self.secret_files),
        )

    def _service(self, text: str, folder: Path) -> str:
        """A shipped service with this machine's program and folder; records stay where systemd keeps them."""
        program, settings, _records = _SHIPPED_PLACES
        return text.replace(program, str(self.program)).replace(
            f"CZT_CONFIG={settings}", f"CZT_CONFIG={folder}"
        )


_LINKS_HEAD = """# The broker of each city. Relative paths start at the folder of this file; keys and
# passwords stand in files of their own, readable by this account only. {program} becomes the name of the
# program that uses a certificate, as `czt keys pki` names them: console-1, centre, claims ...

"""


def write_site(site: Site, folder: Path) -> tuple[str, ...]:
    """Write the folder as a whole; the names of what it holds. DispatchError: it is there, or cannot be."""
    try:
        TypeAdapter(NodeName).validate_python(site.node)
    except ValueError:
        raise DispatchError(
            _("{node} cannot be a name: 1 to 40 letters, digits, dots, hyphens, underscores", node=site.node)
        ) from None
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DispatchError(
            _("{folder} is there already and is not empty: name another with --out", folder=folder)
        )
    fresh = folder.with_name(f".{folder.name}.new")
    files = site.files(folder.absolute())
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o755)
        (fresh / SECRETS).mkdir(mode=0o700)
        for name, text in files.items():
            (fresh / name).parent.mkdir(exist_ok=True)
            (fresh / name).write_text(text, "utf-8")
        fresh.rename(folder)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise DispatchError(_("cannot write {file}: {error}", file=folder, error=cause(error))) from error
    return tuple(sorted(files))


def _with(text: str, key: str, value: str | int) -> str:
    """settings.toml with another value; the words behind it stay. A key that rests in a comment is woken."""
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    line = re.compile(rf"^(?:# )?{key} = (?:\"[^\"]*\"|\S+) *(?P<comment>#.*)?$", re.MULTILINE)

    def changed(found: re.Match[str]) -> str:
        comment = found["comment"]
        return f"{key} = {shown}" + (
            f"{'':{max(1, _COMMENTS_AT - len(key) - len(shown) - 3)}}{comment}" if comment else ""
        )

    return line.sub(changed, text, count=1)
