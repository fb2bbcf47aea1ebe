"""The dataset card: what the run knows, the template's headings, gaps that say what to set."""

from __future__ import annotations

import re
from pathlib import Path

import huggingface_hub
import pytest
import yaml
from example_findings import text_run, token_run
from huggingface_hub import DatasetCard
from reading import front_matter, headings, uncited

from tunecard.card import render_dataset_card
from tunecard.evidence import Findings


@pytest.mark.parametrize("make", [token_run, text_run, Findings])
def test_it_reads_back_and_says_no_placeholder(make: type[Findings]) -> None:
    card = render_dataset_card(make())
    assert yaml.safe_load(front_matter(card))["tags"] == ["tunecard"]
    assert DatasetCard(card).data.tags == ["tunecard"]
    assert "More Information Needed" not in card
    assert not re.search(r"\bNone\b", card)
    assert card == render_dataset_card(make())


def test_headings_are_a_part_of_the_templates_in_its_order() -> None:
    template = Path(huggingface_hub.__file__).parent / "templates" / "datasetcard_template.md"
    wanted = [re.sub(r" \[optional\]", "", text) for _, text in headings(template.read_text())]
    ours = [text for _, text in headings(render_dataset_card(token_run()))][1:]
    assert ours == [text for text in wanted if text in ours]
    assert len(ours) >= 20


def test_it_quotes_the_counts() -> None:
    card = uncited(render_dataset_card(token_run()))
    assert "| test | 3,856 | 96,400 | 8,662 | 24 | 131 |" in card
    assert "CC BY 3.0 *declared*" in card
    assert "Test rows in train: 7 of 3,856." in card
