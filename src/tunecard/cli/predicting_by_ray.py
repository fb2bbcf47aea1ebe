"""`tunecard predict --ray`: the same rows by Ray Data, in shards that a later call goes on with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tunecard.cli.predicted_rows import say_what_came
from tunecard.errors import RecipeError

if TYPE_CHECKING:
    from tunecard.data.readers.options import ReadingOptions

STDIN = "-"


def predict_by_ray(  # noqa: PLR0913, PLR0917 - as `predict` has them
    address: str,
    directory: Path,
    input: str,
    out: Path | None,
    base: str | None,
    columns: dict[str, str],
    device: str,
    only_predictions: bool,
    reading: ReadingOptions,
    precision: str,
) -> None:
    """Predicts and says what came of it. Raises: RecipeError: standard input or output, which no other machine has."""
    from tunecard.api import predict_by_ray as predict
    from tunecard.cli.progress import shown_progress
    from tunecard.cli.telling import tell

    if input == STDIN or out is None:
        raise RecipeError("--ray takes a file or a folder, and --out with a file or a folder.")
    with shown_progress():
        report = predict(
            directory, input, out, address=address, base=base, device=device, columns=columns or None,
            only_predictions=only_predictions, separator=reading.separator, encoding=reading.encoding,
            precision=precision,
        )  # fmt: skip
    for sentence in report.unchecked:
        tell(f"Not checked: {sentence}")
    say_what_came(report, out)
    if report.computed < report.rows:
        tell(f"{report.rows - report.computed} of them were done before.")
