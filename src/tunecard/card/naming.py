"""What a run is called: by its data, its base and its method, never by a folder that somebody happened to name."""

from __future__ import annotations

from pathlib import PurePath

from tunecard.data.readers.formats import TRAINING
from tunecard.data.readers.kinds import stem_of, unpacked_name
from tunecard.evidence import Findings

PARTED = " · "
SUM = " + "  # between the names of several sources
# Names that say what a file is for, not what is in it.
SAY_NOTHING = frozenset(
    ("data", "dataset", "train", "training", "validation", "dev", "test", "rows", "recipe", "out", "output", "tmp")
)


def run_name(findings: Findings) -> str:
    """The data's name, the base's last name and the method's title, as far as they are known.

    >>> from tunecard.evidence import measured
    >>> run_name(Findings([measured("data.source", "owner/mails"), measured("base_model.id", "owner/roberta")]))
    'mails · roberta'
    """
    source = findings.value("data.pretty_name") or findings.value("data.source")
    sources = source if isinstance(source, list) else str(source or "").split(SUM)
    data = SUM.join(name for name in dict.fromkeys(map(_short, sources)) if name)
    data = " ".join(part for part in (data, _short(findings.value("data.config"))) if part)
    parts = [data, _short(findings.value("base_model.id")), str(findings.value("adapter.title") or "")]
    return PARTED.join(part for part in parts if part) or "an unnamed adapter"


def _short(name: object) -> str:
    """The last part of a name without what says the file's kind; "" where that says nothing."""
    last = str(name or "").rstrip("/").rpartition("/")[2]
    stem = stem_of(last) if PurePath(unpacked_name(last)).suffix.lower() in TRAINING else last
    return "" if stem.lower() in SAY_NOTHING else stem
