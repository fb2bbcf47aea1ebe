"""`tunecard export`: an adapter in a form that other loaders and servers read, or as a page that anybody may try."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tunecard.cli.arguments import AsJson, Directory
from tunecard.cli.wrong_kind import run_folder_only
from tunecard.errors import RecipeError

Out = Annotated[Path | None, typer.Argument(metavar="[OUT]", help="The folder to make.", show_default=False)]
Form = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="FORMAT", help="safetensors, onnx, onnx-int8 or peft-0.7.1. [default: safetensors]"
    ),
]
Space = Annotated[
    Path | None, typer.Option("--space", metavar="OUT", help="Makes a Gradio Space instead: a page to try the adapter.")
]
Data = Annotated[
    str | None, typer.Option("--data", metavar="DATA", help="Where the rows lie. [default: as recipe.yaml says]")
]
Base = Annotated[
    str | None, typer.Option("--base", metavar="BASE", help="A folder or Hub id. [default: as the adapter says]")
]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="TEXT", help="Of --space: a text that the search for private things lets pass."),
]


def export(  # noqa: PLR0913, PLR0917 - one argument an option of the command
    directory: Directory, out: Out = None, form: Form = None, space: Space = None, data: Data = None,
    base: Base = None, allow: Allow = None, json: AsJson = False,
) -> None:  # fmt: skip
    """Hand an adapter over as a plain model, as ONNX, for PEFT 0.7.1, or as a page to try it.

    safetensors: merged into its base in fp32, for pipeline, text-embeddings-inference and other servers. onnx: the
    same as a graph with any number of rows and tokens, run by onnxruntime; onnx-int8 rounds its weights (both:
    pip install 'tunecard[export]'). peft-0.7.1: an adapter that old PEFT loads.

    The rows it was judged on go through the adapter and through the export. Where an answer flips beyond ties nothing
    is written (exit code 1); of onnx-int8 flips are counted and told.

    --space OUT writes a Space for the Hub, or for `python app.py` here: labels with bars or entities in place, how
    often the card found such answers right, its limits, the card. It is made of what `push` would send without
    predictions, and only where `push` would.
    """
    run_folder_only(directory, "export")
    if space is not None:
        _check_alone(out, form, data)
        _as_space(directory, space, base, allow or [], json)
        return
    if out is None or allow:
        raise RecipeError("export takes DIR OUT, or DIR --space OUT, which alone takes --allow.")
    _as_format(directory, out, form or "safetensors", data, base, json)


def _check_alone(out: Path | None, form: str | None, data: str | None) -> None:
    """Raises: RecipeError: what has no place beside --space."""
    told = {"OUT": out, "--format": form, "--data": data}
    if given := [name for name, value in told.items() if value is not None]:
        raise RecipeError(f"--space makes a page of the adapter as it is: leave out {' and '.join(given)}.")


def _as_space(directory: Path, out: Path, base: str | None, allow: list[str], json: bool) -> None:
    from tunecard.api import export_space
    from tunecard.cli.output import print_json
    from tunecard.cli.progress import shown_progress

    with shown_progress(as_lines=json):
        made = export_space(directory, out, base=base, allow=allow)
    if json:
        print_json({"format": "space", "path": str(made)})
        return
    typer.echo(f"A Space in {made}. To try it: pip install -r requirements.txt and python app.py there.")


def _as_format(directory: Path, out: Path, form: str, data: str | None, base: str | None, json: bool) -> None:
    from tunecard.api import export as export_adapter
    from tunecard.cli.output import print_json
    from tunecard.cli.progress import shown_progress

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
