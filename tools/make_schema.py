#!/usr/bin/env python3
"""Write docs/settings.schema.json, the JSON Schema of settings.toml, from its model.

    python tools/make_schema.py docs/settings.schema.json
"""

import sys
from pathlib import Path

from dispatch.settings import settings_schema


def main() -> None:
    """Write the schema to the file named on the command line."""
    Path(sys.argv[1]).write_text(settings_schema(), "utf-8")


if __name__ == "__main__":
    main()
