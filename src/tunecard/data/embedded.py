"""The data set that comes with the package: named entities in five types, written for this project."""

from __future__ import annotations

from pathlib import Path

NAME = "embedded"
FOLDER = Path(__file__).parent / "embedded"
SHOWN_NAME = "tunecard-entities"
