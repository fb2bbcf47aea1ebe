"""`tunecard push`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tunecard.cli.arguments import Directory

if TYPE_CHECKING:
    from tunecard.publishing import Published

Repo = Annotated[str, typer.Argument(metavar="REPO", help="owner/name, or a name of your own.", show_default=False)]
Public = Annotated[bool, typer.Option("--public", help="Let anyone see it; otherwise only you.")]
WithoutPredictions = Annotated[
    bool, typer.Option("--without-predictions", help="Keep the predictions here; verify then says so.")
]
CreatePr = Annotated[bool, typer.Option("--create-pr", help="Open a pull request instead of committing.")]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="WORD", help="Let this word pass the search; may be repeated."),
]
AllowText = Annotated[bool, typer.Option("--allow-text", help="Let rows of the data go up.")]


def push(  # noqa: PLR0913, PLR0917 - one argument an option
    directory: Directory,
    repo: Repo,
    public: Public = False,
    without_predictions: WithoutPredictions = False,
    create_pr: CreatePr = False,
    allow: Allow = None,
    allow_text: AllowText = False,
) -> None:
    """Put a run on the Hub in one commit, after verify; private unless told otherwise.

    Every file is searched for paths, names of this user and machine, keys, e-mail addresses, checkpoints and rows of
    the data; one find, and nothing is sent. Exit code 1 when verify fails.
    """
    from tunecard.publishing import push as publish

    if public:
        typer.echo(f"Public: anyone will be able to see {repo}.")
    if not sys.stderr.isatty():
        from huggingface_hub.utils import disable_progress_bars

        disable_progress_bars()
    done = publish(
        directory,
        repo,
        public=public,
        without_predictions=without_predictions,
        create_pr=create_pr,
        allow=allow or (),
        allow_text=allow_text,
    )
    _say(done)


def _say(done: Published) -> None:
    size = f"{done.files} files, {done.bytes:,} bytes"
    if done.is_new:
        typer.echo(f"Pushed to {done.repo} in one commit ({size}):")
    else:
        typer.echo(f"{done.repo} has all of it already ({size}); nothing was sent. Its head:")
    typer.echo(f"  {done.url}")
    if done.withheld:
        typer.echo(f"Stayed here: {', '.join(done.withheld)}.")
    if done.removed:
        typer.echo(f"Removed from the repository: {', '.join(done.removed)}.")
    for note in done.notes:
        typer.echo(f"Note: {note}")
