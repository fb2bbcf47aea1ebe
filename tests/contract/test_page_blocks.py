"""The runner of how-to pages can fail: on a command, on what is shown, on a block that nobody would run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from page_blocks import Page, PageFault, read_page, run_page

PAGE = """
# A page

```bash
echo "12 rows read"
echo "0.875 of them: 0.25, 1,000"
```

Words between.

```text
9 rows read
0.9 of them: 0.2...
```

```yaml
nobody: runs this
```

```python
from pathlib import Path
Path("made.txt").write_text("x")
```
"""


def ran(text: str, folder: Path) -> int:
    return len(list(run_page(read_page(text), folder, os.environ)))


def test_blocks_are_run_in_order_and_numbers_are_masked(tmp_path: Path) -> None:
    assert ran(PAGE, tmp_path) == 2
    assert (tmp_path / "made.txt").read_text() == "x"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('echo "12 rows read"', "exit 4", "line 4: exit code 4"),
        ('echo "12 rows read"', 'false; echo "12 rows read"', "line 4: exit code 1"),
        ('echo "12 rows read"', 'false | echo "12 rows read"', "line 4: exit code 1"),
        ("9 rows read", "9 lines read", "line 4: the page shows '# lines read', and it said:\n12 rows read"),
        ("9 rows read\n0.9 of them: 0.2...", "0.9 of ...\n9 rows read", "line 4: the page shows '# rows read'"),
        ("0.9 of them: 0.2...", "0.9 of them: 0.2", "line 4: the page shows '# of them: #'"),
        ("9 rows read", "rows read", "line 4: the page shows 'rows read'"),
        ("from pathlib", "from nowhere", "line 20: exit code 1"),
        ("```yaml", "```console", "line 16: a block of 'console' is neither run nor"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in PAGE
    with pytest.raises(PageFault) as fault:
        ran(PAGE.replace(right, wrong, 1), tmp_path)
    assert str(fault.value).startswith(said)


def test_output_of_nothing_is_a_fault() -> None:
    with pytest.raises(PageFault):
        read_page("```text\nsaid by whom?\n```\n")


def test_what_goes_before_is_told() -> None:
    read = read_page("<!-- goes on from: own-csv.md -->\n\n<!-- needs: init --column -->\n\n```bash\nls\n```\n")
    assert isinstance(read, Page) and read.goes_on_from == "own-csv.md"
    assert [block.needs for block in read.blocks] == ["init --column"]


@pytest.mark.parametrize(("option", "runs"), [("--there", 1), ("--missing", 0), ("--the", 0)])
def test_a_block_waits_for_its_option(tmp_path: Path, option: str, runs: int) -> None:
    command = tmp_path / "tunecard"
    command.write_text("#!/bin/sh\necho '  --there NAME  An option.'\n")
    command.chmod(0o755)
    page = read_page(f"<!-- needs: init {option} -->\n\n```bash\ntrue\n```\n")
    found = list(run_page(page, tmp_path, os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}))
    assert len(found) == runs
