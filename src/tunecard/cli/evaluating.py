"""`tunecard evaluate`: labelled rows of a reader's own through a saved adapter, beside what its author recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from tunecard.cli.arguments import (
    Alike,
    AsJson,
    Cluster,
    Directory,
    Encoding,
    LabelsAlike,
    Separator,
    columns_of,
    names_of,
    reading_of,
)
from tunecard.cli.wrong_kind import refuse_swapped, run_folder_only
from tunecard.errors import RecipeError

Data = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="DATA",
        help="Labelled rows: a file, a folder of split files, or a Hub id. [default: the author's own rows again]",
    ),
]
SplitName = Annotated[
    str | None,
    typer.Option(
        "--split", metavar="NAME", help="Which split of them. [default: test, else validation, else train, with labels]"
    ),
]
Config = Annotated[
    str | None,
    typer.Option("--config", metavar="NAME", help="Of a Hub data set that has several, or the sheet of a workbook."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="ROLE=NAME", help="What to read, such as text=body. [default: as in training]"),
]
Labels = Annotated[
    list[str] | None,
    typer.Option(
        "--labels", metavar="A,B,C", help="Label names in the order of the numbers that the rows hold in their place."
    ),
]
Factors = Annotated[
    list[str] | None,
    typer.Option("--factor", metavar="COLUMN", help="Scores by the values of a column. May be given several times."),
]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="NAME", help="Of the folder in evaluations/. [default: the data's, numbered]"),
]
Replace = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier evaluation of that name.")]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="BASE", help="A folder or Hub id. [default: the base that the adapter names]"),
]
Device = Annotated[str, typer.Option("--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.")]
Precision = Annotated[
    str, typer.Option("--precision", metavar="TYPE", help="fp32, or int8: as `predict` would multiply.")
]


def evaluate(  # noqa: PLR0913, PLR0917 - an option each
    directory: Directory,
    data: Data = None,
    split: SplitName = None,
    config: Config = None,
    column: Columns = None,
    labels: Labels = None,
    factor: Factors = None,
    cluster: Cluster = None,
    name: Name = None,
    overwrite: Replace = False,
    base: Base = None,
    device: Device = "auto",
    precision: Precision = "fp32",
    separator: Separator = "auto",
    encoding: Encoding = "auto",
    labels_alike: LabelsAlike = Alike.refuse,
    json: AsJson = False,
) -> None:
    """Score labelled rows of your own with a saved adapter, beside what its author recorded.

    Every score comes with its interval, and so does its difference to the author's, whose rows are others. Nothing of
    the run folder changes: predictions, findings and a comparison in words go to evaluations/NAME/ in it, which its
    manifest does not cover and `push` does not send.

    Without --data the author's own rows are predicted again, where recipe.yaml still finds them.
    """
    if data is not None:
        refuse_swapped(directory, data, ("run",), ["tunecard", "evaluate", data, "--data", str(directory)])
    run_folder_only(directory, "evaluate")
    _check_for_own(data, split=split, config=config, column=column, labels=labels, factor=factor, cluster=cluster)
    columns, reading, names = columns_of(column or []), reading_of(separator, encoding), names_of(labels)
    from tunecard.cli.importing import importing
    from tunecard.cli.output import print_json
    from tunecard.cli.progress import shown_progress
    from tunecard.counted import counted

    with shown_progress(as_lines=json) as listener:
        with counted("Loading libraries"), importing():
            import tunecard.reproduction.evaluating  # noqa: F401 - as `evaluate` would, in silence
            from tunecard.api import evaluate as evaluate_rows

        found = evaluate_rows(
            directory, data, split=split, config=config, columns=columns, labels=names, factors=factor or (),
            cluster=cluster, name=name, overwrite=overwrite, base=base, device=device, precision=precision,
            separator=reading.separator,
            encoding=reading.encoding, labels_alike=labels_alike.value, listener=listener,
        )  # fmt: skip
    if json:
        print_json(found.to_json())
        return
    from tunecard.cli.evaluation_lines import evaluation_lines

    typer.echo("\n".join(evaluation_lines(found)))


def _check_for_own(data: str | None, **options: object) -> None:
    """Raises: RecipeError: options for rows of one's own, and no such rows."""
    given = [f"--{name}" for name, value in options.items() if value]
    if data is None and given:
        raise RecipeError(f"{' and '.join(given)}: for rows of your own. Say which: --data ROWS.")
