"""audit.toml and trusted_keys.toml: signing, witnessing and keeping the audit logs."""

from pathlib import Path

from dispatch.audit.keyring import load_trusted
from dispatch.audit.notes import PublicKey
from dispatch.audit.rules import AuditRules
from dispatch.settings.files import TomlFile, config_file

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
