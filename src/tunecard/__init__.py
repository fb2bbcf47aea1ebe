"""Fine-tune an encoder with PEFT and get an adapter whose card says something true in every field.

>>> import tunecard
>>> run = tunecard.run("recipe.yaml")  # doctest: +SKIP
>>> adapter = tunecard.load(run.path)  # doctest: +SKIP

Names are looked up when they are first asked for: `import tunecard` costs milliseconds and loads no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunecard.api import audit as audit
    from tunecard.api import run as run
    from tunecard.evidence import RunFolder as RunFolder
    from tunecard.inference import load as load
    from tunecard.recipe import Recipe as Recipe
    from tunecard.verification import verify as verify

__version__ = "0.1.0"

_HOMES = {
    "Recipe": "tunecard.recipe",
    "RunFolder": "tunecard.evidence",
    "audit": "tunecard.api",
    "load": "tunecard.inference",
    "run": "tunecard.api",
    "verify": "tunecard.verification",
}

__all__ = ["Recipe", "RunFolder", "__version__", "audit", "load", "run", "verify"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
