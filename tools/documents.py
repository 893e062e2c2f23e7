"""Write the documents that are generated, or with --check say which of them are stale.

python -m tools.documents [--check]
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from dispatch.console.keycard import key_card
from dispatch.feed.asyncapi import document
from dispatch.settings import settings_schema

ROOT = Path(__file__).resolve().parent.parent


def manual_page(language: str) -> str:
    """The manual page in one language: commands are worded when they are imported, so each in its process."""
    line = [sys.executable, "-m", "dispatch", "--lang", language, "man", "--roff"]
    return subprocess.run(line, cwd=ROOT, capture_output=True, check=True).stdout.decode()


DOCUMENTS: dict[str, Callable[[], str]] = {
    "docs/keys.md": lambda: key_card("en"),
    "docs/keys.zh-CN.md": lambda: key_card("zh_CN"),
    "docs/asyncapi.json": lambda: json.dumps(document(), ensure_ascii=False, indent=2) + "\n",
    "docs/settings.schema.json": settings_schema,
    "docs/man/czt.1": lambda: manual_page("en"),
    "docs/man/czt.zh_CN.1": lambda: manual_page("zh_CN"),
}
"""Path below the project -> its text."""


def stale() -> list[str]:
    """The documents whose file is not what would be written now."""
    return [path for path, text in DOCUMENTS.items() if _read(ROOT / path) != text()]


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def main() -> int:
    """Exit code 1 when --check finds a stale document."""
    if "--check" in sys.argv[1:]:
        for path in stale():
            sys.stderr.write(f"{path} is stale: run make docs\n")
        return bool(stale())
    for path, text in DOCUMENTS.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text(), "utf-8")
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
