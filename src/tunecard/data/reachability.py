"""Whether the Hub can be reached: without a network its client retries for half a minute before it says so."""

from __future__ import annotations

import importlib
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

_SWITCH = "HF_HUB_OFFLINE"
_MODULES = ("huggingface_hub.constants", "datasets.config")


def is_offline_wanted() -> bool:
    """Whether HF_HUB_OFFLINE is set."""
    return os.environ.get("HF_HUB_OFFLINE", "0").upper() in {"1", "TRUE", "YES", "ON"}


@contextmanager
def offline_if_unreachable() -> Iterator[None]:
    """Sets the libraries' offline switch for a while when the Hub's name does not resolve.

    Behind a proxy, which resolves names itself, nothing is changed.
    """
    if getproxies() or _resolves(os.environ.get("HF_ENDPOINT", "https://huggingface.co")):
        yield
        return
    with without_network():
        yield


@contextmanager
def without_network() -> Iterator[None]:
    """The libraries' offline switch set for a while: only what is on this machine already is read."""
    with ExitStack() as stack:
        for name in _MODULES:
            module = _module(name)
            if hasattr(module, _SWITCH):
                stack.callback(setattr, module, _SWITCH, getattr(module, _SWITCH))
                setattr(module, _SWITCH, True)
        yield


def _resolves(address: str) -> bool:
    try:
        socket.getaddrinfo(urlsplit(address).hostname, 443)
    except OSError:
        return False
    return True


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
