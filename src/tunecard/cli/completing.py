"""`tunecard complete`: a full card for an adapter that was made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tunecard.cli.arguments import (
    Alike,
    Cluster,
    Encoding,
    LabelsAlike,
    Overwrite,
    Separator,
    Suites,
    at_home,
    columns_of,
    reading_of,
)
from tunecard.cli.wrong_kind import refuse_other, refuse_swapped
from tunecard.errors import AdapterError

Adapter = Annotated[
    Path,
    typer.Argument(metavar="ADAPTER", help="A folder that stock PEFT saved (0.7.1 to today).", show_default=False),
]
Data = Annotated[
    str,
    typer.Option(
        "--data",
        metavar="DATA",
        help="Labelled rows: a file (the test split), a folder of split files, or a Hub id.",
        show_default=False,
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        "--task",
        metavar="TASK",
        help="The name of a task, as a recipe has it. [default: as adapter_config.json says]",
    ),
]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="BASE", help="A folder, Hub id or embedded. [default: what the adapter names]"),
]
Labels = Annotated[
    str | None,
    typer.Option("--labels", metavar="A,B,C", help="Label names in the order of their ids, where no file says them."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="ROLE=NAME", help="What to read, such as text=body. [default: the usual names]"),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="The folder to make. [default: runs/ADAPTER-completed]", callback=at_home
    ),
]


def complete(  # noqa: PLR0913, PLR0917 - an option each
    adapter: Adapter,
    data: Data,
    task: Task = None,
    base: Base = None,
    labels: Labels = None,
    column: Columns = None,
    cluster: Cluster = None,
    out: Out = None,
    overwrite: Overwrite = False,
    separator: Separator = "auto",
    encoding: Encoding = "auto",
    labels_alike: LabelsAlike = Alike.refuse,
    suite: Suites = None,
) -> None:
    """A full card for an adapter made elsewhere with stock PEFT.

    Nothing is trained. Scores, slices, examination, reload and speed are measured; what only the training run knew is
    read from what lies beside the adapter (trainer_state.json, TensorBoard's event files, its old card) and marked as
    declared by it, or told as not measured. No pickle is opened.
    """
    from tunecard.cli.importing import importing
    from tunecard.cli.progress import shown_progress
    from tunecard.cli.running import tell
    from tunecard.counted import counted
    from tunecard.evidence.given_folder import check_given_folder
    from tunecard.evidence.ledger import ORIGINAL_CARD
    from tunecard.evidence.output_folder import check_place
    from tunecard.stock.warm_parent import warm_parent

    line = ["tunecard", "complete", data, "--data", str(adapter)]
    refuse_swapped(adapter, data, ("adapter",), line)
    if not (adapter / ORIGINAL_CARD).is_file():  # what was completed in its own place may be completed again
        refuse_other(adapter, ("adapter",), "`tunecard complete` takes an adapter made elsewhere", AdapterError)
    check_given_folder(adapter)
    if out is not None:
        check_place(out, adapter, overwrite=overwrite)
    reading = reading_of(separator, encoding)
    names = [name.strip() for name in labels.split(",")] if labels else None
    with warm_parent(), shown_progress() as listener:
        with counted("Loading libraries"), importing():  # and so does the process that stock PEFT is asked in
            import tunecard.pipeline.completing  # noqa: F401 - as `complete` would, in silence
            from tunecard.api import complete as complete_adapter

        folder = complete_adapter(
            adapter, data, task=task, base=base, labels=names, columns=columns_of(column or []),
            cluster=cluster, out=out, overwrite=overwrite, separator=reading.separator,
            encoding=reading.encoding, labels_alike=labels_alike.value, suites=suite or [], listener=listener,
        )  # fmt: skip
    tell(folder)
