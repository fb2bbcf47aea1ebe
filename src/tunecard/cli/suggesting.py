"""What a person may mean to declare, found beside the recipe and in git's settings."""

from __future__ import annotations

import subprocess
from pathlib import Path

CITATION = "CITATION.cff"
GIT_SECONDS = 5


def suggestions(folder: Path) -> dict[str, str]:
    """Key of the recipe's `card:` block to what may be meant."""
    found = {"declared_by": git_name(), "citation_file": CITATION if (folder / CITATION).is_file() else None}
    return {key: value for key, value in found.items() if value}


def git_name() -> str | None:
    """The name that git signs commits with here, or None."""
    try:
        asked = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, check=False, timeout=GIT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):  # no git
        return None
    return " ".join(asked.stdout.split()) or None
