"""The path through the house. Only `plans.py` unpacks a recipe; every step takes its own plan."""

from __future__ import annotations

from tunecard.late_names import late_names

_HOMES = {
    "Completion": "completing",
    "ProgressListener": "progress",
    "complete": "completing",
    "estimate": "estimating",
    "propose_recipe": "proposing",
    "quickstart_recipe": "proposing",
    "render_again": "rendering",
    "run": "path",
}

__all__ = [
    "Completion",
    "ProgressListener",
    "complete",
    "estimate",
    "propose_recipe",
    "quickstart_recipe",
    "render_again",
    "run",
]

__getattr__ = late_names(__name__, _HOMES)
