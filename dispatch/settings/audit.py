"""audit.toml and trusted_keys.toml: signing, witnessing and keeping the audit logs."""

from functools import cache
from pathlib import Path

from dispatch.audit.keyring import load_trusted
from dispatch.audit.notes import PublicKey
from dispatch.audit.rules import AuditRules
from dispatch.domain.errors import BadConfiguration
from dispatch.settings.files import TomlFile, config_file, config_files

TRUSTED_FILE = "trusted_keys.toml"


def load_audit_rules(user_dir: Path | None = None) -> AuditRules:
    """How logs are signed and kept, with an absolute path of the keys; BadConfiguration: file and line."""
    file = TomlFile(config_file("audit.toml", user_dir))
    rules = file.read(AuditRules)
    if rules.key_file is None:
        return rules
    return rules.model_copy(update={"key_file": file.path.resolve().parent / rules.key_file.expanduser()})


def load_trust(user_dir: Path | None = None) -> tuple[PublicKey, ...]:
    """The keys that are believed; DispatchError names one that is none."""
    return load_trusted(config_file(TRUSTED_FILE, user_dir))


@cache
def city_names(language: str, user_dir: Path | None = None) -> dict[str, str]:
    """Code of a city -> its name, for sentences about its log; empty when the files cannot be read."""
    names: dict[str, str] = {}
    for path in config_files("cities", user_dir):
        try:
            said = TomlFile(path).data["city"]["name"]
            names[path.stem] = str(said["zh" if language == "zh_CN" else "en"])
        except (BadConfiguration, KeyError, TypeError):
            continue  # a sentence with the code is still a sentence: this is no place to stop at
    return names
