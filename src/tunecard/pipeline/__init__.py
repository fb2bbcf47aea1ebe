"""The path through the house. Only `plans.py` unpacks a recipe; every step takes its own plan."""

from __future__ import annotations

from typing import Any

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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
