"""Files with secrets: only their owner may read them."""

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from dispatch.doctor.finding import Finding, Level
from dispatch.language import _
from dispatch.settings import Settings

OTHERS = 0o077
WRITE_OF_OTHERS = 0o022
SECRET_NAMES = ("*.key", "*.keys", "*password*", "operators.toml", "*.secret")
SECRET_RECORDS = ("audit.db", "calls.db", "centre.db", "*.key", "*.keys", "paper.*")


def look(settings: Settings, config: Path | None) -> Iterator[Finding]:
    """The keys and passwords of the links, the people, callers' numbers and the records."""
    files = sorted(set(secret_files(settings, config)))
    open_to_others = [file for file in files if _mode(file) & OTHERS]
    for file in open_to_others:
        mode = f"{_mode(file):o}"
        yield Finding(
            f"secrets.{file.name}",
            Level.FAULT,
            _("{file} can be read by others (mode {mode})", file=file, mode=mode),
            f"chmod 600 {file}",
            {"file": str(file), "mode": mode},
        )
    missing = [file for file in linked_files(settings) if not file.is_file()]
    for file in missing:
        yield Finding(
            f"secrets.{file.name}",
            Level.FAULT,
            _("{file} is not there yet", file=file),
            _("czt keys pki makes certificates for trials; in service your authority issues them"),
            {"file": str(file)},
        )
    if not open_to_others and not missing:
        said = _("{count} files looked at: only their owner reads them", count=len(files))
        yield Finding("secrets.rights", Level.GOOD, said, facts={"files": len(files)})
    folders = (folder for folder in (settings.data_dir, config) if folder is not None and folder.is_dir())
    for folder in folders:
        if _mode(folder) & WRITE_OF_OTHERS:
            yield Finding(
                "secrets.folder",
                Level.FAULT,
                _("others may write into {folder}: they could put files of their own there", folder=folder),
                f"chmod go-w {folder}",
                {"folder": str(folder), "mode": f"{_mode(folder):o}"},
            )


def secret_files(settings: Settings, config: Path | None) -> Iterator[Path]:
    """Every file that must be closed to others and is there."""
    yield from (file for file, private in _of_links(settings) if private and file.is_file())
    if config is not None:
        yield from _named(config, SECRET_NAMES)
    yield from _named(settings.data_dir, SECRET_RECORDS)


def linked_files(settings: Settings) -> Iterator[Path]:
    """Every file that the links of this console name, with the console's own name filled in."""
    yield from dict.fromkeys(file for file, _private in _of_links(settings))


def _of_links(settings: Settings) -> Iterator[tuple[Path, bool]]:
    for link in settings.links.values():
        if link.password_file is not None:
            yield link.password_file, True
        if link.tls is not None:
            files = link.tls.of(settings.node)
            yield files.ca, False
            if files.cert is not None:
                yield files.cert, False
            if files.key is not None:
                yield files.key, True


def _named(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    if folder.is_dir():
        for name in names:
            yield from (file for file in folder.rglob(name) if file.is_file())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
