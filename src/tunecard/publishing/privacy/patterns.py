"""What is private, as data: one entry a pattern. Each runs in linear time: no two neighbours match the same characters.

What must not trip them: web addresses, ids on the Hub, hashes, `evidence.json#L12`, module names, media types, paths
inside the folder, and the system's own places such as /proc/cpuinfo.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

PATH = "an absolute path"
SECRET = "a key or token"
EMAIL = "an e-mail address"
USER = "the name of the user here"
HOST = "the name of this machine"
CHECKPOINT = "a checkpoint"
TEXT = "text of the data"

ADVICE = {
    PATH: "Declare data and bases by Hub id or relative path, then run again (`tunecard card` after a declaration).",
    SECRET: "Take it out and revoke it: treat it as lost.",
    EMAIL: "Declare it in the recipe (card.contact) if it is meant to be public, or take it out.",
    USER: "Declare it in the recipe's card block if it is meant to be public, or let it pass with --allow.",
    HOST: "Take it out, or let it pass with --allow.",
    CHECKPOINT: "Keep checkpoints outside the folder: they hold the state of training and its paths.",
    TEXT: "Take it out, or pass --allow-text if the data may be published.",
}
MAY_BE_DECLARED = {EMAIL, USER, HOST}

_ROOTS = (
    "home|root|Users|tmp|private|var|mnt|media|data|scratch|work|workspaces?|opt|srv|usr|run|content|kaggle|gpfs|lustre"
    "|nfs|export|Volumes|storage|projects?|app|cluster|fsx|efs|hpc|net|lab|mount|dbfs"
)
_FILE_ENDINGS = (
    "csv|tsv|jsonl?|parquet|arrow|ya?ml|txt|conll|py|ipynb|sh|log|safetensors|bin|pth?|ckpt|npy|npz|db|sqlite|zip|gz"
)
_PICTURES_AND_CODE = {
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "py",
    "js",
    "md",
    "json",
    "html",
    "css",
    "yaml",
    "txt",
}
_EXAMPLE_DOMAINS = ("example.com", "example.org", "example.net", ".example", ".invalid", ".test")
_LEAST_ENTROPY = 3.3  # bits a character: words and dates lie below, random keys of 20 characters and more above


def _always(_: re.Match[str]) -> bool:
    return True


def _is_personal(match: re.Match[str]) -> bool:
    local, _, domain = match.group().lower().rpartition("@")
    ending = domain.rpartition(".")[2]
    return not (local == "git" or domain.endswith(_EXAMPLE_DOMAINS) or ending in _PICTURES_AND_CODE)


def _is_random(match: re.Match[str]) -> bool:
    value = match.group("value")
    counts = Counter(value).values()
    entropy = -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
    kinds = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    is_hex = re.fullmatch(r"[0-9a-fA-F]{32,}", value) is not None
    return entropy >= _LEAST_ENTROPY and (kinds == 3 or is_hex)


@dataclass(frozen=True)
class Pattern:
    """One thing to look for; `is_private` has the last word on a match, whose group `value` is shown if it has one."""

    kind: str
    expression: re.Pattern[str]
    is_private: Callable[[re.Match[str]], bool] = _always


def _of(kind: str, expression: str, is_private: Callable[[re.Match[str]], bool] = _always) -> Pattern:
    return Pattern(kind, re.compile(expression), is_private)


SECRETS = (
    _of(SECRET, r"(?<!\w)(?:hf|api_org)_[A-Za-z0-9]{20,}"),
    _of(SECRET, r"(?<![\w-])sk-(?:proj-|ant-|or-|svcacct-)?[A-Za-z0-9_-]{20,}"),
    _of(SECRET, r"(?<!\w)gh[pousr]_[A-Za-z0-9]{20,}"),
    _of(SECRET, r"(?<!\w)github_pat_\w{20,}"),
    _of(SECRET, r"(?<!\w)glpat-[\w-]{20,}"),
    _of(SECRET, r"(?<![\w+/])(?:AKIA|ASIA)[0-9A-Z]{16}(?![\w+/])"),
    _of(SECRET, r"-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
    _of(SECRET, r"(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    _of(SECRET, r"(?<!\w)xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    _of(SECRET, r"(?<!\w)https://hooks\.slack\.com/services/[\w/]{20,}"),
    _of(SECRET, r"(?<![\w-])AIza[\w-]{35}(?![\w-])"),
    _of(SECRET, r"(?<!\w)(?:pypi-AgE|npm_|dop_v1_|lin_api_)[\w-]{20,}"),
    _of(SECRET, r"(?<!\w)https?://[^\s/:@\"']{1,64}:[^\s/:@\"']{1,128}@"),
    _of(
        SECRET,
        r"(?i)(?:(?<![a-z])key|token|secret|passw(?:or)?d|credentials?)[\"'`]?[ \t]{0,4}[:=][ \t]{0,4}[\"'`]?"
        r"(?P<value>[A-Za-z0-9_+/=-]{20,256})(?![\w+/=-]|\.\w)",
        _is_random,
    ),
)
PATHS = (
    _of(PATH, r"(?i)(?<!\w)file:/{1,3}[^\s\"'`<>)\]]{1,300}"),
    _of(PATH, rf"(?<![\w./@~+%#<\\-])/(?:{_ROOTS})/[\w.+@~%-]+(?:/[\w.+@~%-]+)*"),
    _of(PATH, rf"(?<![\w./:@~+%#<>)}}\]-])/(?:[\w.+-]+/)+[\w+-][\w.+-]*\.(?:{_FILE_ENDINGS})(?![\w-])"),
    _of(PATH, r"(?<!\w)[A-Za-z]:\\{1,2}[\w .~$-]{1,80}\\{1,2}[\w.~$-]{1,80}"),
    _of(PATH, r"(?<!\w)[A-Za-z]:/[\w.~$-]{1,80}/[\w.~$-]{1,80}"),
    _of(PATH, r"(?<![\w\\])\\{2,4}[A-Za-z][\w.-]{1,62}\\{1,2}[\w.$-]{1,80}\\{1,2}[\w.$-]{1,80}"),
)
ADDRESSES = (
    _of(
        EMAIL,
        r"(?<![\w.+@/-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}\b",
        _is_personal,
    ),
)
