"""Pictures and cards made once a process: the same records make the same ones, in whichever copy of a folder.

What is compared with them is read from the folder each time, so no check asks less; it only waits less.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from tunecard import card
from tunecard.card.pictures import draw_picture, sources_of
from tunecard.evidence import Findings
from tunecard.verification.lint import card_text

MOST = 400
_MADE: dict[str, Any] = {}
RENDERERS = ("render_card", "render_dataset_card", "render_bom", "render_croissant")


@contextmanager
def rendering_once() -> Iterator[None]:
    """Within it, a picture, a card and a reading of the same content are made once."""
    with ExitStack() as patched:
        patched.enter_context(patch("tunecard.card.pictures.draw_picture", _drawn))
        for name in RENDERERS:
            patched.enter_context(patch.object(card, name, _of_findings(name, getattr(card, name))))
        patched.enter_context(patch.object(card, "render_page", _page(card.render_page)))
        patched.enter_context(patch("tunecard.verification.lint.citations.read_card", _read))
        yield


def _once(said: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    key = hashlib.sha256(repr(said).encode()).hexdigest()
    if key not in _MADE:
        made = make()
        while len(_MADE) >= MOST:
            _MADE.pop(next(iter(_MADE)))
        _MADE[key] = made
    return _MADE[key]


def _drawn(findings: Findings, name: str) -> Any:
    told = [finding for finding in findings if finding.id.startswith(("task.", "results.headline"))]
    told += [findings[id] for id in sources_of(findings, name)]
    records = [finding.model_dump_json(exclude={"source"}) for finding in told]
    return _once(("picture", name, records), lambda: draw_picture(findings, name))


def _text(findings: Findings) -> str:
    return "\n".join(finding.model_dump_json() for finding in findings)


def _of_findings(name: str, render: Callable[[Findings], str]) -> Callable[[Findings], Any]:
    return lambda findings: _once((name, _text(findings)), lambda: render(findings))


def _page(render: Callable[..., str]) -> Callable[..., Any]:
    def once(markdown: str, findings: Findings, pictures: dict[str, bytes]) -> Any:
        key = (
            "page",
            markdown,
            _text(findings),
            sorted((name, hashlib.sha256(image).digest()) for name, image in pictures.items()),
        )
        return _once(key, lambda: render(markdown, findings, pictures))

    return once


def _read(markdown: str) -> Any:
    return _once(("reading", markdown), lambda: card_text.read_card(markdown))
