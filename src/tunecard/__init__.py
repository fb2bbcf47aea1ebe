"""Fine-tune an encoder with PEFT and get an adapter whose card says something true in every field.

>>> import tunecard
>>> run = tunecard.run("recipe.yaml")  # doctest: +SKIP
>>> adapter = tunecard.load(run.path)  # doctest: +SKIP

Names are looked up when they are first asked for: `import tunecard` costs milliseconds and loads no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tunecard.version import __version__

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from tunecard.api import complete as complete
    from tunecard.api import run as run
    from tunecard.audit import AuditReport
    from tunecard.evidence import RunFolder as RunFolder
    from tunecard.foreign.recorder import TrainingRecorder as TrainingRecorder
    from tunecard.inference import load as load
    from tunecard.publishing import push as push
    from tunecard.recipe import Recipe as Recipe
    from tunecard.verification.verify import verify as verify

    def audit(
        paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], require: Sequence[str] | None = None
    ) -> AuditReport:
        """How complete and valid is any model card? The room `tunecard.audit` itself answers when it is called."""


_HOMES = {
    "Recipe": "tunecard.recipe",
    "RunFolder": "tunecard.evidence",
    "TrainingRecorder": "tunecard.foreign.recorder",
    "audit": "tunecard.audit",
    "complete": "tunecard.api",
    "load": "tunecard.inference",
    "push": "tunecard.publishing",
    "run": "tunecard.api",
    "verify": "tunecard.verification",
}

__all__ = [
    "Recipe",
    "RunFolder",
    "TrainingRecorder",
    "__version__",
    "audit",
    "complete",
    "load",
    "push",
    "run",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(_HOMES[name])
    return getattr(home, name, home)  # the room `audit` is its own function


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
