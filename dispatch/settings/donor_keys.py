"""The keys that donors are hashed with: a file of the three centres alone, never in config/."""

import os
import re
import secrets
import stat
import tomllib
from pathlib import Path

from dispatch.causes import cause
from dispatch.claims.donors import KEY_BYTES, DonorKeys, key_name
from dispatch.domain.errors import DispatchError
from dispatch.language import _
from dispatch.settings.files import config_dir

FROM_ENVIRONMENT = "CZT_DONOR_KEYS"
_KEY = re.compile(r"^[0-9a-f]{64}$")
_HEAD = """# Keys that donors are hashed with. The three centres share this file; nobody else ever reads it.
# The last one is in use; none may be taken away, for what was hashed with it cannot be hashed anew.
"""


def keys_file(given: Path | None) -> Path:
    """The file that was named, or that the environment names; DispatchError when neither does."""
    named = given or (Path(os.environ[FROM_ENVIRONMENT]) if os.environ.get(FROM_ENVIRONMENT) else None)
    if named is None:
        raise DispatchError(
            _("no file of donor keys: give --keys or set {name}; `czt claims keys new FILE` makes one",
              name=FROM_ENVIRONMENT)
        )  # fmt: skip
    return named


def load_keys(path: Path) -> DonorKeys:
    """Every key by its fingerprint; DispatchError when others may read the file, or it cannot be one."""
    _check_place(path)
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise DispatchError(_("{file} can be read by others: chmod 600 {file}", file=path))
    except (OSError, ValueError) as error:
        raise DispatchError(
            _("the donor keys in {file} cannot be read: {error}", file=path, error=cause(error))
        ) from None
    listed = content.get("keys")
    if (
        not isinstance(listed, list)
        or not listed
        or not all(isinstance(k, str) and _KEY.match(k) for k in listed)
    ):
        problem = _('write keys = ["..."], each of 64 hexadecimal digits')
        raise DispatchError(_("the donor keys in {file} cannot be read: {error}", file=path, error=problem))
    keys = {key_name(bytes.fromhex(one)): bytes.fromhex(one) for one in listed}
    return DonorKeys(key_name(bytes.fromhex(listed[-1])), keys)


def add_key(path: Path) -> DonorKeys:
    """Make a file, or add a key to one that is there: from now on it is the one in use."""
    _check_place(path)
    old = load_keys(path) if path.exists() else None
    kept = [] if old is None else [one.hex() for one in old.keys.values()]
    listed = "".join(f'    "{one}",\n' for one in (*kept, secrets.token_hex(KEY_BYTES)))
    fresh = path.with_name(f".{path.name}.new")
    try:
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(f"{_HEAD}keys = [\n{listed}]\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise DispatchError(_("cannot write {file}: {error}", file=path, error=cause(error))) from None
    return load_keys(path)


def _check_place(path: Path) -> None:
    if config_dir().resolve() in path.resolve().parents:
        raise DispatchError(_("donor keys must not lie in the program's config folder: {file}", file=path))
