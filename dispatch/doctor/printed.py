"""The findings as lines for a person and as a document for a program."""

import json
from collections.abc import Iterator, Sequence

from dispatch import __version__
from dispatch.doctor.finding import LEVEL_MARKS, LEVEL_WORDS, PARTS, Finding, Level, exit_code
from dispatch.language import _, current


def lines(findings: Sequence[Finding], sample: str) -> Iterator[str]:
    """Part by part, each cure below what it cures; `sample`: the line by which fonts are seen."""
    for part, title in PARTS.items():
        own = [finding for finding in findings if finding.part == part]
        if not own:
            continue
        yield _(title)
        for finding in own:
            yield f"  [{LEVEL_MARKS[finding.level]}] {finding.said}"
            if finding.cure:
                yield "         " + _("cure: {cure}", cure=finding.cure)
        if part == "text":
            yield f"         {sample}"
    counts = [
        f"{_(LEVEL_WORDS[level])} {number}"
        for level in reversed(Level)
        if (number := sum(finding.level is level for finding in findings))
    ]
    yield ""
    yield _(", ").join(counts)


def document(findings: Sequence[Finding]) -> str:
    """One JSON object; `checks` are named alike in every language."""
    whole = {
        "version": __version__,
        "language": current(),
        "exit_code": exit_code(findings),
        "checks": [finding.document() for finding in findings],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2)
