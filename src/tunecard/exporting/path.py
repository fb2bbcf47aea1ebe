"""From a run folder to a folder that others load: written beside, compared with the adapter, and only then in place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tunecard.counted import counted, one_of
from tunecard.errors import CheckFailed, RecipeError, nearest
from tunecard.evidence import RunFolder
from tunecard.evidence.files import write_json, write_text
from tunecard.exporting.card import export_card
from tunecard.exporting.compared_logits import LogitsCompared, compare_logits
from tunecard.exporting.earlier_peft import EarlierPeft
from tunecard.exporting.format import Format
from tunecard.exporting.merged_model import MergedModel
from tunecard.exporting.onnx_graph import OnnxGraph
from tunecard.exporting.placing import check_free, placed
from tunecard.inference import predict_logits
from tunecard.pipeline.preparing import SCORED
from tunecard.reproduction.opened import open_folder

FORMATS: tuple[Format, ...] = (MergedModel(), OnnxGraph(), OnnxGraph("onnx-int8", is_int8=True), EarlierPeft())
COMPARISON = "export.json"


@dataclass(frozen=True)
class Export:
    """What was made.

    Attributes:
        format: its name.
        path: of the folder.
        compared: with the adapter, on `split`.
    """

    format: str
    path: Path
    split: str
    compared: LogitsCompared

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "format": self.format,
            "path": str(self.path),
            "rows": self.compared.rows,
            "largest_logit_difference": self.compared.largest,
            "flips": self.compared.flips,
        }


def format_named(name: str) -> Format:
    """Raises: RecipeError: there is no such format."""
    known = {one.name: one for one in FORMATS}
    if name not in known:
        raise RecipeError(f"--format must be one of {', '.join(known)}. Got {name!r}.{nearest(name, list(known))}")
    return known[name]


def export_folder(path: Path, out: Path, form: Format, *, data: str | None = None, base: str | None = None) -> Export:
    """Hands an adapter over in another form.

    Args:
        path: of a run.
        out: the folder to make.
        data, base: where the rows and the base lie; None as recipe and adapter say.
    Raises: TunecardError: folder, base or rows are not there or are others, a form that the adapter has not; all told
        before weights are read. CheckFailed: labels are others in the new form; then there is no folder.
    """
    check_free(out)
    with counted("Exporting", 4, "steps") as count:
        with one_of(count, "opening"):
            opened = open_folder(RunFolder(path), base)
            form.check(opened)
            rows = opened.read_rows(data)
        split = next(name for name in reversed(SCORED) if name in rows.dataset.splits)
        scored, encoded = rows.dataset.splits[split], rows.encoded[split]
        with one_of(count, "the adapter"):
            model = opened.load_model()
            before = predict_logits(model, encoded, opened.pad_token_id, title="Predicting with the adapter")
        with placed(out) as made:
            with one_of(count, "writing"):
                form.write(model, opened, made)
            with one_of(count, "comparing"):
                compared = compare_logits(before, form.logits(made, opened, encoded), opened.task, scored, encoded)
            if form.is_exact and compared.flips:
                raise CheckFailed(
                    f"{compared.flips} of {compared.rows} rows of {split} get other answers as {form.name}, logits "
                    f"differ by up to {compared.largest:.2g}: nothing was written.", place=str(path)
                )  # fmt: skip
            write_text(made / RunFolder(made).card.name, export_card(opened, form, compared, split))
            write_json(made / COMPARISON, {"format": form.name, "split": split, **asdict(compared)})
    return Export(form.name, out, split, compared)
