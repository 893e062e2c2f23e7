"""The base of every domain model: frozen, strict about unknown fields."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value; a field it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Name(Frozen):
    """A name in both languages of the console."""

    zh: str
    en: str

    def text(self, language: str) -> str:
        """The name in `language` ("zh_CN" or "en")."""
        return self.zh if language.startswith("zh") else self.en
