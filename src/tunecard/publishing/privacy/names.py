"""What this machine would give away: who works here, what it is called, and where its folders lie."""

from __future__ import annotations

import getpass
import re
import socket
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tunecard.publishing.privacy.patterns import HOST, PATH, USER, Pattern

SHORTEST = 3
# Names that say nothing about a person or a machine, or that any card may use as a word. In a path they are found.
_WORDS = (
    "root user users admin administrator guest nobody default test tester testing dev developer app apps build "
    "builder ubuntu debian fedora centos linux windows mac macos darwin runner docker podman container vagrant jovyan "
    "vscode codespace gitpod ec2-user azureuser gcp aws azure cloud git github gitlab jenkins actions www-data http "
    "web api colab kaggle sagemaker databricks spark hadoop slurm node nodes gpu cpu host hostname localhost local "
    "server client desktop laptop machine computer workstation pc vm main master worker login home work data model "
    "models base train training max min sum mean task text token tokens label labels row rows run runs card key value "
    "query python torch conda science research student lab team demo example public private none null true false"
)
COMMON = frozenset(_WORDS.split())


def machine_patterns(folder: Path) -> tuple[Pattern, ...]:
    """Patterns for this machine's user, name and folders; names that are common words are left to the paths."""
    places = {str(place) for place in _places(folder) if len(place.parts) > 1}
    found = [_whole(PATH, places)] if places else []
    users = {name for name in _users() if _tells(name)}
    hosts = {name for name in _hosts() if _tells(name)} - users
    found += [_whole(kind, names) for kind, names in ((USER, users), (HOST, hosts)) if names]
    return tuple(found)


def _whole(kind: str, words: Iterable[str]) -> Pattern:
    either = "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
    return Pattern(
        kind, re.compile(rf"(?<![\w./~@-])(?:{either})(?!\w)" if kind == PATH else rf"(?<!\w)(?:{either})(?!\w)")
    )


def _tells(name: str) -> bool:
    return len(name) >= SHORTEST and name.lower() not in COMMON and not name.isdigit()


def _users() -> set[str]:
    try:
        return {getpass.getuser(), Path.home().name}
    except (OSError, KeyError, RuntimeError):  # a process whose user has no entry and no home
        return set()


def _hosts() -> set[str]:
    name = socket.gethostname()
    return {name, name.partition(".")[0]}


def _places(folder: Path) -> set[Path]:
    places = {folder.resolve(), folder.resolve().parent, Path.cwd(), Path(tempfile.gettempdir())}
    with suppress(RuntimeError):  # as above
        places.add(Path.home())
    return places
