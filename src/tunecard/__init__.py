"""Fine-tune an encoder with PEFT and get an adapter whose card says something true in every field.

>>> import tunecard
>>> run = tunecard.run("recipe.yaml")  # doctest: +SKIP
>>> adapter = tunecard.load(run.path)  # doctest: +SKIP

Names are looked up when they are first asked for: `import tunecard` costs milliseconds and loads no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.late_names import late_names
from tunecard.version import __version__

if TYPE_CHECKING:
    from tunecard.api import audit as audit
    from tunecard.api import compare as compare
    from tunecard.api import complete as complete
    from tunecard.api import evaluate as evaluate
    from tunecard.api import examine as examine
    from tunecard.api import export as export
    from tunecard.api import export_space as export_space
    from tunecard.api import load as load
    from tunecard.api import load_many as load_many
    from tunecard.api import predict_by_ray as predict_by_ray
    from tunecard.api import push as push
    from tunecard.api import run as run
    from tunecard.api import sign as sign
    from tunecard.api import sweep as sweep
    from tunecard.api import verify as verify
    from tunecard.cli.progress import shown_progress as shown_progress
    from tunecard.evidence import RunFolder as RunFolder
    from tunecard.foreign.recorder import TrainingRecorder as TrainingRecorder
    from tunecard.pipeline.card_callback import CardCallback as CardCallback
    from tunecard.recipe import Recipe as Recipe

_FUNCTIONS = (
    "audit",
    "compare",
    "complete",
    "evaluate",
    "examine",
    "export",
    "export_space",
    "load",
    "load_many",
    "predict_by_ray",
    "push",
    "run",
    "sign",
    "sweep",
    "verify",
)
_HOMES = {
    "CardCallback": "pipeline.card_callback",
    "Recipe": "recipe",
    "RunFolder": "evidence",
    "TrainingRecorder": "foreign.recorder",
    "shown_progress": "cli.progress",
    **dict.fromkeys(_FUNCTIONS, "api"),
}

__all__ = [
    "CardCallback",
    "Recipe",
    "RunFolder",
    "TrainingRecorder",
    "__version__",
    "audit",
    "compare",
    "complete",
    "evaluate",
    "examine",
    "export",
    "export_space",
    "load",
    "load_many",
    "predict_by_ray",
    "push",
    "run",
    "shown_progress",
    "sign",
    "sweep",
    "verify",
]

__getattr__ = late_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
