"""What an evaluation and its model are called, and where the records lie: as the format's data store has it."""

from __future__ import annotations

import calendar
import datetime
import hashlib
import re
import uuid
from dataclasses import dataclass

from tunecard.card import facts
from tunecard.card.answer import declared_value
from tunecard.card.model_metadata import slug
from tunecard.evidence import Findings

NOBODY = "undeclared"
# Names that the store keeps for itself or that some file systems refuse.
_TAKEN = re.compile(r"data|unknown|(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_HUB_MODEL = re.compile(r"https://huggingface\.co/([A-Za-z0-9][\w.-]*[\w-]/[A-Za-z0-9][\w.-]*[\w-])/?")


@dataclass(frozen=True)
class Place:
    """Names of one evaluation.

    Attributes:
        collection: what was evaluated on; developer, model: who made what.
        file: the id of the two files, the same for the same adapter and rows.
        time: seconds since 1970 at which the day of the evaluation began.
    """

    collection: str
    developer: str
    model: str
    file: uuid.UUID
    time: int

    @property
    def folder(self) -> str:
        """Of both files."""
        return f"data/{self.collection}/{self.developer}/{self.model}"

    @property
    def record(self) -> str:
        """Path of the record."""
        return f"{self.folder}/{self.file}.json"

    @property
    def samples(self) -> str:
        """Path of its rows."""
        return f"{self.folder}/{self.file}_samples.jsonl"

    @property
    def model_id(self) -> str:
        """The model as the Hub would name it."""
        return f"{self.developer}/{self.model}"

    @property
    def evaluation_id(self) -> str:
        """What the rows refer to."""
        return f"{self.collection}/{self.model_id}/{self.time}"


def place_of(findings: Findings, model: Findings) -> Place | None:
    """The names; None where no day is recorded."""
    time = _seconds(findings.value("run.date"))
    if time is None:
        return None
    developer, name = _model(model)
    return Place(_fit(data_name(findings)), developer, name, _file(findings), time)


def data_name(findings: Findings) -> str:
    """What the rows are called."""
    source = findings.value("data.source")
    return ", ".join(map(str, source)) if isinstance(source, list) else str(source or "data that was not recorded")


def _model(model: Findings) -> tuple[str, str]:
    """(developer, name): of the repository, where the link that was declared is one of a model at the Hub."""
    linked = _HUB_MODEL.fullmatch((declared_value(model, "repository") or "").strip())
    if linked and not _TAKEN.fullmatch(linked[1].split("/")[0].lower()):
        developer, _, name = linked[1].partition("/")
        return developer, name
    developer = declared_value(model, "developed_by")
    return _fit(developer) if developer else NOBODY, _fit(str(model.value("run.name") or "adapter"))


def _fit(text: str) -> str:
    name = slug(text)
    return f"the-{name}" if _TAKEN.fullmatch(name) else name


def _file(findings: Findings) -> uuid.UUID:
    split = facts.scored_split(findings)
    told = [str(findings.value(id)) for id in ("adapter.sha256", "base_model.weights_sha256", f"data.{split}.sha256")]
    return uuid.UUID(bytes=hashlib.sha256("\n".join([*told, split]).encode()).digest()[:16], version=4)


def _seconds(day: object) -> int | None:
    try:
        return calendar.timegm(datetime.date.fromisoformat(str(day)).timetuple())
    except ValueError:
        return None
