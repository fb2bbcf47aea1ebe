"""Pictures drawn once a process: the same records draw the same picture, in whichever copy of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from tunecard.card.pictures import draw_picture, sources_of
from tunecard.evidence import Findings

_DRAWN: dict[tuple[str, str], bytes] = {}


@contextmanager
def drawing_once() -> Iterator[None]:
    """Within it, a picture of the same records is drawn once."""
    with (
        patch("tunecard.verification.pictures.draw_picture", _drawn),
        patch("tunecard.card.pictures.draw_picture", _drawn),
    ):
        yield


def _drawn(findings: Findings, name: str) -> bytes:
    told = [finding for finding in findings if finding.id.startswith(("task.", "results.headline"))]
    told += [findings[id] for id in sources_of(findings, name)]
    key = name, "\n".join(finding.model_dump_json(exclude={"source"}) for finding in told)
    if key not in _DRAWN:
        _DRAWN[key] = draw_picture(findings, name)
    return _DRAWN[key]
