"""What a person wrote in an old card survives word for word; what a template wrote does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunecard.foreign.old_card import OldCard, read_old_card

CARDS = Path(__file__).parents[1] / "auditing" / "cards"
SEED = "- **Developed by:** [More Information Needed]\n"


def read(tmp_path: Path, text: str) -> OldCard:
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    return read_old_card(tmp_path / "README.md")


def words_of(card: OldCard) -> str:
    pieces = [piece.text for several in card.texts.values() for piece in several]
    return " ".join(" ".join([*card.declared.values(), *pieces]).split())


def test_an_empty_card_declares_nothing(tmp_path: Path) -> None:
    from huggingface_hub import ModelCard, ModelCardData

    card = ModelCard.from_template(ModelCardData(library_name="peft"))
    assert read(tmp_path, str(card) + "\n### Framework versions\n\n- PEFT 0.7.1") == OldCard()


def test_fields_with_a_key_are_declared_under_it(tmp_path: Path) -> None:
    card = read(tmp_path, "# X\n\n## Model Details\n\n- **Developed by:** Ada\n- **License:** mit\n" + SEED)
    assert card.declared == {"developed_by": "Ada", "license": "mit"}


def test_metadata_speaks_where_the_prose_does_not(tmp_path: Path) -> None:
    card = read(tmp_path, "---\nlicense: apache-2.0\nlanguage: [en, de]\n---\n# X\n\n- **License:** MIT, really\n")
    assert card.declared["language"] == "en, de"
    assert card.declared["license"] == "MIT, really"


def test_text_without_a_place_is_kept_under_its_heading(tmp_path: Path) -> None:
    card = read(tmp_path, "# X\n\n## Acknowledgements\n\nThanks to | Łódź <b>and</b> all.\n\n- one\n- two\n")
    said = [piece.text for piece in card.texts["other"]]
    assert said == ["Acknowledgements", "Thanks to | Łódź <b>and</b> all.", "one", "two"]


def test_a_placeholder_inside_a_sentence_is_taken_out_of_it(tmp_path: Path) -> None:
    card = read(tmp_path, "# X\n\n### Direct Use\n\nTagging. [More Information Needed]\n")
    assert card.declared["direct_use"] == "Tagging."


def test_text_in_another_script_is_kept(tmp_path: Path) -> None:
    card = read(tmp_path, "# X\n\n## 謝辞\n\n東京の皆さんに感謝します。\n")
    assert "東京の皆さんに感謝します。" in words_of(card)


def test_a_placeholder_in_code_does_not_come_back(tmp_path: Path) -> None:
    card = read(
        tmp_path, "# X\n\n## How to Get Started with the Model\n\n```python\nrun()  # More Information Needed\n```\n"
    )
    assert [piece.text for piece in card.texts["get_started_code"]] == ["run()  #"]


def test_trainers_table_is_a_log_and_its_list_settings() -> None:
    card = read_old_card(CARDS / "trainer.md")
    assert card.trace.log[1] == {
        "loss": 0.2214, "epoch": 2.0, "step": 626, "eval_loss": 0.2713, "eval_accuracy": 0.9124, "eval_f1": 0.9087,
    }  # fmt: skip
    assert card.trace.settings["learning_rate"] == 5e-05
    assert card.trace.settings["seed"] == 42
    assert card.trace.settings["mixed_precision_training"] == "Native AMP"


@pytest.mark.parametrize("name", ["hand_written.md", "bert_style.md", "peft_partly.md", "trainer_edited.md"])
def test_no_word_of_a_person_is_lost(name: str) -> None:
    from tunecard.auditing.card_passages import passages_of
    from tunecard.auditing.emptiness import is_placeholder, meaning
    from tunecard.auditing.frontmatter import split_card

    card = read_old_card(CARDS / name)
    said = words_of(card)
    for passage in passages_of(split_card((CARDS / name).read_text()).body)[0]:
        is_empty = passage.text.startswith("PEFT ") or (passage.kind == "table" and is_placeholder(passage.text))
        for line in [] if is_empty else passage.text.split("\n"):
            value = line.partition(":")[2].replace("**", "") if ":" in line[:60] else line
            for word in value.split() if meaning(value) and meaning(line) else []:
                assert word.strip("*") in said, (name, line)


def test_no_card_and_a_card_beyond_all_size_say_nothing(tmp_path: Path) -> None:
    assert read_old_card(None) == OldCard()
    (tmp_path / "README.md").write_bytes(b"x" * 50_000_001)
    assert read_old_card(tmp_path / "README.md") == OldCard()
