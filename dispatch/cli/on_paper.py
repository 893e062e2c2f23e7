"""Where commands put what they print: files of a folder, or the printer of printing.toml."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from dispatch.desk.paper_out import FOLDER, Written, print_out, write_both
from dispatch.language import _
from dispatch.settings import Configuration

OutFolder = Annotated[
    Path | None, typer.Option("--out", help=_("write it as text and as a page into this folder"))
]
OnPaper = Annotated[bool, typer.Option("--print", help=_("give it to the printer of printing.toml"))]


def put_out(
    configuration: Configuration,
    name: str,
    text: str,
    html: str,
    title: str,
    out: Path | None,
    *,
    paper: bool,
) -> None:
    """Where a folder or the printer is asked for; NotPrinted says why nothing came out."""
    if out is None and not paper:
        return
    written: Written = write_both(name, text, html, out or configuration.settings.data_dir / FOLDER)
    if paper:
        asyncio.run(print_out(written, configuration.printing))
        typer.echo(_("given to the printer: {title}", title=title), err=True)
    else:
        typer.echo(_("written to {file}", file=written.html), err=True)
