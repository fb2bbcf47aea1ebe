"""`tunecard push`: a run folder to the Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tunecard.cli.arguments import Directory
from tunecard.cli.wrong_kind import run_folder_only

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
    from tunecard.cli.progress import shown_progress
    from tunecard.publishing import push as publish

    run_folder_only(directory, "push")
    if public:
        typer.echo(f"Public: anyone will be able to see {repo}, unless it is there and private.")
    from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

    disable_progress_bars()  # they would write across ours
    with shown_progress():
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
    from tunecard.card.markdown import listing
    from tunecard.cli.output import stdout_console

    size = f"{done.files} files, {done.bytes:,} bytes"
    if done.is_new:
        first = f"Pushed to {done.repo} in one commit ({size}):"
    else:
        first = f"{done.repo} has all of it already ({size}); nothing was sent. Its head:"
    console = stdout_console()
    console.print(first, markup=False)
    typer.echo(f"  {done.url}")  # never broken in two
    lists = (("Stayed here", done.withheld), ("Removed from the repository", done.removed))
    for line in [*(f"{title}: {listing(names)}." for title, names in lists if names), *done.notes]:
        console.print(line, markup=False)
