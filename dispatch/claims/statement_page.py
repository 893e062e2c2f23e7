"""A centre's month as one page to print and sign: in both languages, with nothing fetched from anywhere."""

from collections.abc import Iterable, Mapping
from html import escape

from dispatch.claims.netting import Payment, Statement
from dispatch.language import N_, say
from dispatch.text import safe_text

KINDS = {"advance": N_("paid in advance"), "reversal": N_("reversed")}
_STYLE = """
:root { color-scheme: light; }
body { font: 11pt/1.45 "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", sans-serif;
       color: #1c2430; background: #fff; max-width: 178mm; margin: 12mm auto; padding: 0 4mm; }
h1 { font-size: 17pt; margin: 0; font-weight: 600; }
.en { color: #5b6776; font-size: 9pt; display: block; font-weight: 400; }
.facts { display: flex; gap: 10mm; margin: 5mm 0 6mm; padding: 3mm 0; border-top: 1.5pt solid #1c2430;
         border-bottom: .5pt solid #9aa5b1; }
.facts div { flex: 1; } .facts b { display: block; font-size: 15pt; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; margin: 0 0 6mm; }
th { text-align: left; font-weight: 600; border-bottom: 1pt solid #1c2430; padding: 1mm 2mm 1mm 0; }
td { border-bottom: .5pt solid #d6dce3; padding: 1.2mm 2mm 1.2mm 0; vertical-align: top; overflow-wrap: anywhere; }
.fen { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; padding-right: 0; }
tfoot td { border-bottom: none; border-top: 1pt solid #1c2430; font-weight: 600; }
tr { break-inside: avoid; } thead { display: table-header-group; }
.sign { display: flex; gap: 12mm; margin-top: 14mm; } .sign div { flex: 1; border-top: .5pt solid #1c2430; padding-top: 1mm; }
footer { color: #5b6776; font-size: 8.5pt; margin-top: 8mm; }
@page { size: A4; margin: 12mm; } @media print { body { margin: 0; max-width: none; padding: 0; } }
"""  # noqa: E501
Names = Mapping[str, Mapping[str, str]]
"""Language -> centre -> what it is called."""


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals, e.g. -900.00."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02}"


def page(found: Statement, names: Names) -> str:
    """The whole document."""
    title = say("zh_CN", N_("Statement on blood fees between the centres"))
    head = _both(N_("Statement on blood fees between the centres"))
    facts = [
        (_both(N_("centre")), _names(found.centre, names)),
        (_both(N_("month")), escape(found.month)),
        (_both(N_("net, yuan (positive is received)")), escape(yuan(found.net_fen))),
    ]
    boxes = "".join(f"<div>{label}<b>{value}</b></div>" for label, value in facts)
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{head}</h1>"
        f'<div class="facts">{boxes}</div>{_entries(found, names)}{_payments(found.payments, names)}'
        f'<div class="sign"><div>{_both(N_("prepared by"))}</div><div>{_both(N_("checked by"))}</div>'
        f"<div>{_both(N_('date and seal'))}</div></div>"
        f"<footer>{_both(N_('Settlement of what one centre advanced for another; never a sale.'))}</footer>"
        f"</body></html>\n"
    )


def _entries(found: Statement, names: Names) -> str:
    heads = (N_("entry"), N_("other centre"), N_("kind"), N_("yuan"))
    rows = [
        (escape(safe_text(one.id)), _names(one.other, names), _both(KINDS[one.kind]), yuan(one.fen))
        for one in found.lines
    ]
    label, net = _both(N_("net")), yuan(found.net_fen)
    total = f'<tfoot><tr><td colspan="3">{label}</td><td class="fen">{net}</td></tr></tfoot>'
    return _table(heads, rows, total)


def _payments(paid: Iterable[Payment], names: Names) -> str:
    heads = (N_("payer"), N_("payee"), N_("yuan"))
    rows = [(_names(one.payer, names), _names(one.payee, names), yuan(one.fen)) for one in paid]
    return f"<h2>{_both(N_('Payments'))}</h2>" + (
        _table(heads, rows) if rows else f"<p>{_both(N_('none'))}</p>"
    )


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]], foot: str = "") -> str:
    last = len(heads) - 1
    marks = ['class="fen"' if at == last else "" for at in range(len(heads))]
    top = "".join(f"<th {mark}>{_both(head)}</th>" for mark, head in zip(marks, heads, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td {mark}>{cell}</td>" for mark, cell in zip(marks, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody>{foot}</table>"


def _both(sentence: str) -> str:
    """In Chinese, and small below it in English."""
    return f'{escape(say("zh_CN", sentence))}<span class="en">{escape(sentence)}</span>'


def _names(centre: str, names: Names) -> str:
    spoken = [names.get(language, {}).get(centre) or safe_text(centre) for language in ("zh_CN", "en")]
    return f'{escape(spoken[0])}<span class="en">{escape(spoken[1])}</span>'
