"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Directory: TypeAlias = Annotated[Path, typer.Argument(metavar="DIR", help="A run folder.", show_default=False)]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Overwrite: TypeAlias = Annotated[bool, typer.Option("--overwrite", help="Clear what an earlier run left there.")]
