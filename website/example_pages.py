"""A full card, rendered anew from the records of a quick start whenever the site is made."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path

from tunecard.card import Card, make_card, write_cards, write_figures
from tunecard.evidence import RunFolder
from tunecard.evidence.ledger import record_lines

EVIDENCE = Path(__file__).parent / "quickstart" / "evidence.json"  # scripts/example makes it anew
FOLDER = "example"
OWN_FILE = re.compile(r"(\]\(|^\[\d+\]: )((?:figures/)?[\w.]+\.(?:png|html|json|md|yaml)\b)", re.MULTILINE)
RECORD = re.compile(r"evidence\.json#L(\d+)")
INTRODUCTION = """\
!!! note "What you see here"

    The card of `tunecard quickstart`, rendered from [its records](example/evidence.json) when this site was made. Each figure that
    is a link leads to its record in [the same card as one page](example/card.html), which every run writes as `card.html`, beside this
    text as `README.md`. [Check a card](howto/check.md) says how a reader asks again.

"""


def full_card_page() -> str:
    """The card as a page of the site."""
    heading, rest = _as_page(rendered().markdown, f"{FOLDER}/").split("\n", 1)
    return f"{heading}\n\n{INTRODUCTION}{rest}"


def files() -> dict[str, str | bytes]:
    """What lies beside the page: the other files that a run renders."""
    card = rendered()
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder(Path(folder))
        run.write_findings(card.findings)
        write_figures(run, card.findings)
        write_cards(run, card)
        made: dict[str, str | bytes] = {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()}
        made |= run.pictures()
        of_the_data = _as_page(run.dataset_card.read_text(encoding="utf-8"), "")
        made[run.dataset_card.name] = of_the_data.replace(f"]({run.card.name}", "](../full-card.md")
        del made[run.card.name]  # that is the page
    return {f"{FOLDER}/{name}": content for name, content in made.items()}


@cache
def rendered() -> Card:
    """The card of the records."""
    return make_card(RunFolder(EVIDENCE.parent).read_findings())


def _as_page(markdown: str, folder: str) -> str:
    """A card without its front matter, which is for machines; its links lead to what lies in `folder` of the site."""
    lines = {line: number for number, line in enumerate(record_lines(rendered().findings), 1)}
    text = markdown.split("\n---\n", 1)[1].lstrip()
    text = RECORD.sub(lambda found: f"card.html#record-{lines[int(found[1])]}", text)
    return OWN_FILE.sub(lambda found: f"{found[1]}{folder}{found[2]}", text)
