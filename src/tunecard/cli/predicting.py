"""`tunecard predict`: a file or lines through an adapter."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tunecard.cli.arguments import Directory, Encoding, Separator, at_home, columns_of, reading_of
from tunecard.cli.predicted_rows import say_what_came
from tunecard.cli.ray_address import RayAddress
from tunecard.cli.wrong_kind import refuse_other, refuse_swapped
from tunecard.errors import RunFolderError

if TYPE_CHECKING:
    from tunecard.data.readers.options import ReadingOptions

TAKES = ("run", "adapter")

Input = Annotated[
    str,
    typer.Argument(
        metavar="INPUT",
        help="A file as a recipe may name it (csv, xlsx, json, CoNLL), a txt, or - for standard input: lines; with "
        "--ray a folder of part files, too.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="A jsonl, csv or parquet file; with --ray also a folder of parts. [default: jsonl on stdout]",
        callback=at_home,
    ),
]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="BASE", help="A folder or Hub id. [default: the base that the adapter names]"),
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="ROLE=NAME", help="What to read, such as text=body. [default: as in training]"),
]
OnlyPredictions = Annotated[
    bool,
    typer.Option("--only-predictions", help="Leave the input's columns out: row, id and answer alone."),
]
Device = Annotated[str, typer.Option("--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.")]
Precision = Annotated[
    str,
    typer.Option(
        "--precision", metavar="TYPE", help="fp32, or int8: products in int8; how many answers that changes is told."
    ),
]


def predict(  # noqa: PLR0913, PLR0917 - an option each
    directory: Directory,
    input: Input,
    out: Out = None,
    base: Base = None,
    column: Columns = None,
    device: Device = "auto",
    only_predictions: OnlyPredictions = False,
    separator: Separator = "auto",
    encoding: Encoding = "auto",
    ray: RayAddress = None,
    precision: Precision = "fp32",
) -> None:
    """Predict the rows of a file or of standard input, one row of output for each, in order.

    The input's columns come back beside the answer; one that has the name of an answer, such as label, comes back as
    input.label.

    A row that cannot be predicted gets an `error` and stops nothing. Memory stays the same however long the input is.

    With --ray (extra `ray`) many processes or machines predict: same rows, order and columns. What is done is kept
    beside FILE; the same command after a kill computes only what is missing.
    """
    refuse_swapped(directory, input, TAKES, ["tunecard", "predict", input, str(directory)])
    refuse_other(directory, TAKES, "`tunecard predict` takes a run folder or an adapter", RunFolderError)
    columns, reading = columns_of(column or []), reading_of(separator, encoding)
    if ray is not None:
        from tunecard.cli.predicting_by_ray import predict_by_ray

        predict_by_ray(ray, directory, input, out, base, columns, device, only_predictions, reading, precision)
        return
    from tunecard.cli.importing import importing
    from tunecard.cli.progress import shown_progress
    from tunecard.cli.rows_ahead import ROWS, RowsAhead
    from tunecard.cli.telling import tell
    from tunecard.counted import counted, watched_by

    with shown_progress():
        with counted("Loading libraries"), importing():
            from tunecard.inference import load, predict_stream
        with counted("Loading base and adapter"), importing():  # the base's own classes
            predictor = load(directory, base, device, precision)
    for sentence in predictor.unchecked:
        tell(f"Not checked: {sentence}")
    if predictor.changed:
        tell(f"{predictor.changed}.")
    source = input if input == "-" else Path(input)
    with shown_progress() if _is_watched(input, out) else nullcontext():
        size = _size(input, out, replace(reading, columns=columns))
        with counted("Predicting", size, ROWS) as count, watched_by(ahead := RowsAhead(count, size)):
            report = predict_stream(
                predictor,
                source,
                out,
                columns=columns or None,
                only_predictions=only_predictions,
                on_rows=ahead.settle,
                reading=reading,
            )
    say_what_came(report, out)


def _is_watched(input: str, out: Path | None) -> bool:
    """Whether how far it is may be shown: not where answers, or lines that somebody types, stand on the terminal."""
    is_typed = input == "-" and sys.stdin.isatty()
    return not is_typed and (out is not None or not sys.stdout.isatty())


def _size(input: str, out: Path | None, reading: ReadingOptions) -> int | None:
    """How many rows there are, where that is shown and can be told before they are read."""
    if input == "-" or not _is_watched(input, out):
        return None
    from tunecard.inference import count_rows

    return count_rows(Path(input), reading)
