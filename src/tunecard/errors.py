"""The floor: every fault a user can cause, as one small tree.

A fault says where it is, what must hold, what came and what to do. All faults of one input are raised together.
Doors show `str(error)` behind the class name and exit with `exit_code`; no traceback reaches a user.

    TunecardError
      RecipeError       a recipe asks for something that cannot be
      DataError         rows, columns, labels or files of the data
      BaseModelError    the frozen base: not found, not an encoder, changed
      AdapterError      the adapter: keys, shapes, labels, base
      RunFolderError    a run folder or an output folder
      SigningError      a key that cannot be read, or cannot sign
      PrivacyError      files about to be published that hold something private
      HubError          what the Hub refuses: a token, a name, metadata, a change in between
      CheckFailed       a check that must pass first has failed (exit code 1)
      MachineError      the machine: disk, memory, device, network, a missing extra
        DiskFull        no space left; what was complete before is kept
      Interrupted       SIGINT or SIGTERM; work is saved (exit code 3)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from tunecard.printable import printable
from tunecard.row_faults import told_once

SHOWN_PROBLEMS = 20
SHOWN_CHARACTERS = 5_000  # of a problem: a key of a file may be as long as the file


class TunecardError(Exception):
    """Bad input or a machine that cannot do the job: one message, exit code 2.

    Args:
        problems: one sentence or several; each says what must hold, what came and what to do. Faults of rows of one
            kind (`RowFault`) become one sentence.
        place: the file or folder they are about, put in front.
    """

    exit_code = 2
    shown_problems = SHOWN_PROBLEMS

    def __init__(self, problems: str | Sequence[str], *, place: str | None = None) -> None:
        self.problems = [_cut(text) for text in told_once([problems] if isinstance(problems, str) else problems)]
        self.place = place
        super().__init__(printable(self._message()))  # it quotes files, and tracebacks and notebooks show it, too

    def _message(self) -> str:
        if len(self.problems) == 1:
            return f"{self.place}: {self.problems[0]}" if self.place else self.problems[0]
        head = f"{len(self.problems)} problems" + (f" in {self.place}" if self.place else "")
        lines = [f"  {problem}" for problem in self.problems[: self.shown_problems]]
        if len(self.problems) > self.shown_problems:
            lines.append(f"  ... and {len(self.problems) - self.shown_problems} more")
        return "\n".join([head, *lines])


class RecipeError(TunecardError):
    """A recipe with an unknown key, a wrong value, or a wish that this base or machine cannot meet."""


class DataError(TunecardError):
    """Data that cannot be read or does not mean what the task needs."""


class BaseModelError(TunecardError):
    """A base model that is missing, is no encoder, or is not the one an adapter was trained on."""


class AdapterError(TunecardError):
    """An adapter whose keys, shapes, labels or base do not fit."""


class RunFolderError(TunecardError):
    """A folder that is in use, is not empty, or is not a run folder."""


class SigningError(TunecardError):
    """A key that cannot be read, or a folder that cannot be signed as it is."""


class PrivacyError(TunecardError):
    """Files about to be published that hold something private. All of it is told: one line forgotten is too many."""

    shown_problems = 1000


class HubError(TunecardError):
    """What the Hub refuses: a token, a name, metadata, or a commit after somebody else's."""


class CheckFailed(TunecardError):
    """A check that must pass before anything is done has failed: exit code 1, as of the check itself."""

    exit_code = 1


class MachineError(TunecardError):
    """Disk, memory, device, network or an extra that is not installed."""


class DiskFull(MachineError):
    """No space left to write a file; whatever was complete before is kept."""


class Interrupted(TunecardError):
    """SIGINT or SIGTERM came; the state is saved and `--resume` continues."""

    exit_code = 3


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}... ({len(text):,} characters)"


def nearest(name: str, options: Iterable[str]) -> str:
    """The hint ` Did you mean 'x'?`, or an empty string when nothing is near.

    >>> nearest("learning_rat", ["learning_rate", "epochs"])
    " Did you mean 'learning_rate'?"
    >>> nearest("zzz", ["learning_rate"])
    ''
    """
    found = difflib.get_close_matches(str(name), [str(option) for option in options], n=1)
    return f" Did you mean '{found[0]}'?" if found else ""
