"""The `args` of the YAML, read strictly: every fault at once, before a replica starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tunecard.errors import RecipeError, nearest
from tunecard.serving.limits import Limits

TEXTS = {"token_file": None, "base": None, "device": "auto", "precision": "fp32"}
KEYS = ("folders", *TEXTS, "limits")


@dataclass(frozen=True)
class Arguments:
    """What every replica is told.

    Attributes:
        folders: of adapters, or that hold such; each node reads its own.
        token_file: None where only this machine may ask.
    """

    folders: tuple[Path, ...]
    token_file: Path | None
    base: str | None
    device: str
    limits: Limits
    precision: str = "fp32"


def read_arguments(args: Mapping[str, Any]) -> Arguments:
    """Raises: RecipeError: unknown keys and wrong values, all of them."""
    limits = args.get("limits", {})
    faults = [
        *_unknown(args, KEYS, ""),
        *_wrong_texts(args),
        *_wrong_folders(args.get("folders")),
        *_wrong_limits(limits),
    ]
    if faults:
        raise RecipeError(faults, place="args")
    token_file = args.get("token_file")
    return Arguments(
        folders=tuple(Path(folder).expanduser() for folder in args["folders"]),
        token_file=None if token_file is None else Path(token_file).expanduser(),
        base=args.get("base"),
        device=args.get("device", TEXTS["device"]),
        limits=Limits(**{key: _kinds()[key](value) for key, value in limits.items()}),
        precision=args.get("precision", TEXTS["precision"]),
    )


def _unknown(given: Mapping[str, Any], known: Any, within: str) -> list[str]:
    return [f"no argument `{within}{key}`.{nearest(key, known)}" for key in given if key not in known]


def _wrong_texts(args: Mapping[str, Any]) -> list[str]:
    """A text each, or left out; only what has no default may be null."""
    wrong = [key for key, usual in TEXTS.items() if not isinstance(args.get(key, usual), str | type(usual))]
    return [f"`{key}` must be a text. Got {args[key]!r}." for key in wrong]


def _wrong_folders(folders: Any) -> list[str]:
    if isinstance(folders, list) and folders and all(isinstance(folder, str) and folder for folder in folders):
        return []
    return [f"`folders` must be a list of folders of adapters, such as [/srv/adapters]. Got {folders!r}."]


def _kinds() -> dict[str, type]:
    return {field.name: type(field.default) for field in fields(Limits)}


def _wrong_limits(limits: Any) -> list[str]:
    """A number over 0 each, whole where the usual one is."""
    if not isinstance(limits, Mapping):
        return [f"`limits` must be a mapping, such as {{queue_rows: 4000}}. Got {limits!r}."]
    kinds = _kinds()
    wrong = [key for key in limits if key in kinds and not _is_number(limits[key], kinds[key])]
    said = {int: "a whole number", float: "a number"}
    faults = [f"`limits.{key}` must be {said[kinds[key]]} over 0. Got {limits[key]!r}." for key in wrong]
    return _unknown(limits, kinds, "limits.") + faults


def _is_number(value: Any, kind: type) -> bool:
    kinds = (int,) if kind is int else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool) and 0 < value < float("inf")
