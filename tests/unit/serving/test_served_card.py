"""A card that is Markdown only: a page with its own pictures, without anybody's markup, and without other files."""

from __future__ import annotations

import base64
from pathlib import Path

from tunecard.serving.card_page import card_page

CARD = """---
license: mit
---
# Mine <script>alert(1)</script>

| a | b |
|---|---|
| 1 | 2 |

![in](figures/one.png) ![out](../secret.png) ![web](https://x.example/y.png) ![text](notes.txt)
[run](javascript:alert(1))
"""


def test_pictures_of_the_folder_stand_inside_and_nothing_else_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "figures").mkdir(parents=True)
    (folder / "figures/one.png").write_bytes(b"picture")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (folder / "notes.txt").write_text("notes")
    page = card_page(CARD, folder)
    assert base64.b64encode(b"picture").decode() in page and page.count('src="data:,"') == 3
    assert base64.b64encode(b"secret").decode() not in page and "x.example" not in page
    assert "<script" not in page and 'href="javascript' not in page and "<td>1</td>" in page and "license" not in page


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(b"secret")
    (folder / "mine.png").symlink_to(tmp_path / "secret.png")
    assert base64.b64encode(b"secret").decode() not in card_page("![x](mine.png)", folder)
