"""From paths to audited cards."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tunecard.audit.contradictions import contradictions
from tunecard.audit.frontmatter import FrontMatter, split_card
from tunecard.audit.metadata import metadata_errors
from tunecard.audit.placing import Texts, texts_of
from tunecard.audit.report import AuditReport, CardAudit, FieldAudit
from tunecard.audit.states import STATES, judge
from tunecard.audit.wording import listed, printable
from tunecard.card.fields import FIELDS, Field
from tunecard.errors import DataError, nearest

CARD_NAME = "README.md"
LARGEST = 5_000_000
_MARKDOWN = (".md", ".markdown")
_SKIPPED = ("node_modules", "site-packages", "__pycache__")


def audit_cards(paths: Sequence[str | os.PathLike[str]], require: frozenset[str] | None = None) -> AuditReport:
    """Audits model cards offline.

    Args:
        paths: each a card (.md), a folder with a README.md, or a folder with such folders below.
        require: only these states count as filled; all but `empty` when None.

    Raises: DataError: a path does not exist, holds no card or is no text; `require` names an unknown state.
    """
    _check_states(require)
    cards: dict[Path, None] = {}
    problems = []
    for path in paths:
        try:
            cards.update(dict.fromkeys(_cards_at(Path(path))))
        except DataError as error:
            problems.append(str(error))
    if problems:
        raise DataError(problems)
    return AuditReport(tuple(audit_text(_read(card), path=str(card), require=require) for card in cards))


def audit_text(text: str, *, path: str = CARD_NAME, require: frozenset[str] | None = None) -> CardAudit:
    """Audits one card given as text; `path` is only its name in the report."""
    front = split_card(text)
    texts = texts_of(front.body)
    fields = tuple(_field(field, texts, require) for field in FIELDS)
    return CardAudit(path, fields, tuple(_metadata(front, texts)))


def _field(field: Field, texts: Texts, require: frozenset[str] | None) -> FieldAudit:
    found = judge(field, texts.get(field.variable))
    is_filled = found.state != "empty" and (require is None or found.state in require)
    reason = found.reason
    if require is not None and found.state != "empty" and not is_filled:
        reason = f"{found.state}, but only {listed(sorted(require))} counts" + (f": {reason}" if reason else "")
    section = field.section or "Title"
    return FieldAudit(
        field.variable, section, found.state, is_filled, printable(reason) if reason else None, found.text
    )


def _metadata(front: FrontMatter, texts: Texts) -> Iterator[str]:
    if front.problem:
        yield front.problem
    if front.values is not None:
        said = {variable: " ".join(piece.text for piece in pieces) for variable, pieces in texts.items()}
        yield from metadata_errors(front.values)
        yield from contradictions(front.values, front.body, said)


def _check_states(require: frozenset[str] | None) -> None:
    choices = [state for state in STATES if state != "empty"]
    for state in sorted(require or ()):
        if state not in choices:
            raise DataError(f"--require takes {listed(choices)}; {state!r} came.{nearest(state, choices)}")
    if require is not None and not require:
        raise DataError(f"--require takes {listed(choices)}; nothing came.")


def _cards_at(path: Path) -> list[Path]:
    if path.is_file():
        if path.suffix.lower() not in _MARKDOWN:
            raise DataError("a card must be a Markdown file (.md). Give a README.md or a folder.", place=str(path))
        return [path]
    if not path.is_dir():
        raise DataError("no such file or folder. Give a README.md, or a folder that holds some.", place=str(path))
    if (path / CARD_NAME).is_file():
        return [path / CARD_NAME]
    below = sorted(_below(path))
    if not below:
        raise DataError(f"no {CARD_NAME} in this folder or below. Give a folder that holds cards.", place=str(path))
    return below


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _SKIPPED]
        if CARD_NAME in files:
            yield Path(root) / CARD_NAME


def _read(path: Path) -> str:
    if path.stat().st_size > LARGEST:
        raise DataError(f"a card is at most {LARGEST // 1_000_000} MB of text. Give a README.md.", place=str(path))
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"a card must be UTF-8, but byte {error.start} is not. Save it as UTF-8.", place=str(path)
        ) from error
    except OSError as error:
        raise DataError(f"the card cannot be read ({error.strerror}).", place=str(path)) from error
