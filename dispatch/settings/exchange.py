"""exchange.toml: the words of other standards for ours."""

from pathlib import Path

from dispatch.exchange.rules import ExchangeWords
from dispatch.settings.files import TomlFile, config_file


def load_exchange_words(user_dir: Path | None = None) -> ExchangeWords:
    """The words; BadConfiguration when one is missing or is none of its standard."""
    return TomlFile(config_file("exchange.toml", user_dir)).read(ExchangeWords)
