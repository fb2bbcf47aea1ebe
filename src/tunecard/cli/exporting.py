"""`tunecard export`: an adapter in a form that other loaders and servers read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tunecard.cli.arguments import AsJson, Directory
from tunecard.cli.wrong_kind import run_folder_only

Out = Annotated[Path, typer.Argument(metavar="OUT", help="The folder to make.", show_default=False)]
Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="safetensors, onnx, onnx-int8 or peft-0.7.1.")]
Data = Annotated[
    str | None, typer.Option("--data", metavar="DATA", help="Where the rows lie. [default: as recipe.yaml says]")
]
Base = Annotated[
    str | None, typer.Option("--base", metavar="BASE", help="A folder or Hub id. [default: as the adapter says]")
]


def export(
    directory: Directory, out: Out, form: Form = "safetensors", data: Data = None, base: Base = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    """Hand an adapter over as a plain model, as ONNX, or for PEFT 0.7.1.

    safetensors: merged into its base in fp32, for pipeline, text-embeddings-inference and other servers. onnx: the
    same as a graph with any number of rows and tokens, run by onnxruntime; onnx-int8 rounds its weights (both:
    pip install 'tunecard[export]'). peft-0.7.1: an adapter that old PEFT loads.

    The rows it was judged on go through the adapter and through the export. Where an answer flips beyond ties nothing
    is written (exit code 1); of onnx-int8 flips are counted and told.
    """
    from tunecard.api import export as export_adapter
    from tunecard.cli.output import print_json
    from tunecard.cli.progress import shown_progress

    run_folder_only(directory, "export")
    with shown_progress(as_lines=json):
        found = export_adapter(directory, out, form, data=data, base=base)
    if json:
        print_json(found.to_json())
        return
    same = found.compared
    typer.echo(
        f"{found.format} in {found.path}: {same.rows:,} rows of {found.split} compared with the adapter, "
        f"{same.flips:,} get another answer, logits differ by at most {same.largest:.2g}."
    )
