"""A document to print: the same as text for a line printer and as a page; nothing in it is fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dispatch.text import cell_width, fit

COLUMNS = 80
_GAP = "  "
_STYLE = """\
:root { color-scheme: light; }
body { font: 11pt/1.45 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", sans-serif;
       color: #111; background: #fff; max-width: 178mm; margin: 10mm auto; padding: 0 4mm; }
h1 { font-size: 17pt; margin: 0 0 2mm; padding-bottom: 2mm; border-bottom: 1.5pt solid #111; }
h2 { font-size: 12pt; margin: 6mm 0 1mm; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 1mm 6mm; margin: 3mm 0; }
dt { color: #555; } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; border-bottom: 1pt solid #111; padding: 1mm 3mm 1mm 0; }
td { border-bottom: .5pt solid #bbb; padding: 1mm 3mm 1mm 0; vertical-align: top; overflow-wrap: anywhere; }
tr { break-inside: avoid; } thead { display: table-header-group; }
.drill { border: 2pt solid #111; padding: 1mm 3mm; font-weight: 700; text-align: center; margin: 0 0 4mm; }
.sign { display: flex; gap: 10mm; margin-top: 16mm; }
.sign div { flex: 1; border-top: .5pt solid #111; padding-top: 1mm; }
footer { color: #555; font-size: 9pt; margin-top: 8mm; }
@page { size: A4; margin: 12mm; } @media print { body { margin: 0; max-width: none; padding: 0; } }
"""


@dataclass(frozen=True, slots=True)
class Table:
    """`heads` and `rows` have as many cells; all text is safe and in the language of the document."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """`name` is the file's, without an ending; `facts` are label and value; `signed`: lines to sign on."""

    name: str
    language: str
    title: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    signed: tuple[str, ...] = ()
    foot: str = ""
    drill: str = ""
    """What says that it is of a drill; empty: it is not."""


def as_text(document: Document, columns: int = COLUMNS) -> str:
    """For a line printer, `columns` wide where the words allow it."""
    lines = [document.drill, ""] if document.drill else []
    lines += [document.title, "=" * min(columns, cell_width(document.title)), ""]
    wide = max((cell_width(label) for label, _value in document.facts), default=0)
    lines += [f"{fit(label, wide)}{_GAP}{value}" for label, value in document.facts]
    for table in document.tables:
        lines += ["", table.title, *_laid_out(table)]
    if document.signed:
        colon = "：" if document.language == "zh_CN" else ": "
        lines += ["", "", _GAP.join(f"{words}{colon}{'_' * 14}" for words in document.signed)]
    if document.foot:
        lines += ["", document.foot]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _laid_out(table: Table) -> Sequence[str]:
    rows = (table.heads, *table.rows)
    widths = [max(cell_width(row[at]) for row in rows) for at in range(len(table.heads))]
    lines = [_GAP.join(fit(cell, width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return [lines[0], "-" * (sum(widths) + len(_GAP) * (len(widths) - 1)), *lines[1:]]


def as_html(document: Document) -> str:
    """A whole page on A4."""
    facts = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in document.facts)
    drill = f'<p class="drill">{escape(document.drill)}</p>' if document.drill else ""
    signed = "".join(f"<div>{escape(words)}</div>" for words in document.signed)
    foot = f"<footer>{escape(document.foot)}</footer>" if document.foot else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{document.language.replace("_", "-")}"><head><meta charset="utf-8">'
        f"<title>{escape(document.title)}</title><style>{_STYLE}</style></head><body>{drill}"
        f"<h1>{escape(document.title)}</h1><dl>{facts}</dl>{''.join(map(_table, document.tables))}"
        f"{f'<div class=sign>{signed}</div>' if signed else ''}{foot}</body></html>\n"
    )


def _table(table: Table) -> str:
    heads = "".join(f"<th>{escape(head)}</th>" for head in table.heads)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
    )
    title = f"<h2>{escape(table.title)}</h2>" if table.title else ""
    return f"{title}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
