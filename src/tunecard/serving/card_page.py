"""A card that is Markdown only as a page: its pictures inside, no markup of others, nothing that runs."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tunecard.auditing.frontmatter import split_card
from tunecard.untrusted.plain_files import read_plain

PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
MOST_BYTES = 4_000_000  # of a picture
STYLE = (
    "body{margin:0 auto;max-width:50rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color-scheme:light dark;"
    "overflow-wrap:anywhere}img{max-width:100%}table{border-collapse:collapse;display:block;overflow-x:auto}"
    "td,th{border:1px solid #8a8a8a;padding:.2rem .5rem}pre{overflow-x:auto}"
)


def card_page(markdown: str, folder: Path) -> str:
    """The page of a README.md.

    Args:
        folder: whose pictures it may show; no other files are read, whatever it names.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(split_card(markdown).body)
    for token in tokens:
        for part in token.children or []:
            if part.type == "image":
                _inside(part, folder)
    body = parser.renderer.render(tokens, parser.options, {})
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(folder.resolve().name)}: its card</title><style>{STYLE}</style></head>"
        f"<body>{body}</body></html>"
    )


def _inside(image: Token, folder: Path) -> None:
    """The picture itself in the place of its address; its words where it is none of the folder's."""
    content = _picture(folder, str(image.attrs.get("src", "")))
    image.attrs["src"] = content or "data:,"


def _picture(folder: Path, named: str) -> str | None:
    place = folder / named
    kind = PICTURES.get(place.suffix.lower())
    is_below = folder.resolve() in place.resolve().parents
    if kind is None or "://" in named or not is_below:
        return None
    try:
        return f"data:{kind};base64,{b64encode(read_plain(place, MOST_BYTES)).decode()}"
    except OSError:
        return None
