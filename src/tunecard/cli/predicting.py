"""`tunecard predict`: a file or lines through an adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tunecard.cli.arguments import Directory, columns_of

Input = Annotated[
    str,
    typer.Argument(
        metavar="INPUT",
        help="A csv, tsv, jsonl, parquet or txt file, or - for standard input, a text a line.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="A jsonl, csv or parquet file. [default: jsonl on stdout]"),
]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="BASE", help="A folder or Hub id. [default: the base that the adapter names]"),
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="ROLE=NAME", help="What to read, such as text=body. [default: the usual names]"),
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:N or mps.")]


def predict(
    directory: Directory,
    input: Input,
    out: Out = None,
    base: Base = None,
    column: Columns = None,
    device: Device = "auto",
) -> None:
    """Predict the rows of a file or of standard input, one row of output for each, in order.

    A row that cannot be predicted gets an `error` and stops nothing. Memory stays the same however long the input is.
    """
    columns = columns_of(column or [])
    from tunecard.cli.importing import importing
    from tunecard.cli.progress import counted_rows

    with importing():
        from tunecard.inference import load, predict_stream

        predictor = load(directory, base, device)  # imports the base's own classes
    for sentence in predictor.unchecked:
        typer.echo(f"Not checked: {sentence}", err=True)
    source = input if input == "-" else Path(input)
    with counted_rows(shown=out is not None) as on_rows:
        report = predict_stream(predictor, source, out, columns=columns or None, on_rows=on_rows)
    if report.errors:
        typer.echo(f"{report.errors} of {report.rows} rows could not be predicted: see their `error`.", err=True)
    if out is not None:
        typer.echo(f"{out}: {report.rows} rows", err=True)
