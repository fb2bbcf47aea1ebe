"""The card names the tokens that an adapter adds, and how many rows of the embeddings learned."""

from __future__ import annotations

from example_findings import token_run

from tunecard.card.new_tokens import new_tokens_line
from tunecard.card.sections.identity import answers
from tunecard.evidence import measured


def test_tokens_are_counted_named_and_escaped() -> None:
    plain = token_run()
    assert new_tokens_line(plain) == ""
    findings = token_run()
    findings.extend([
        measured("adapter.new_tokens", ["IL-2", "[link](http://x)", "<b>"], n=3),
        measured("adapter.trainable_token_indices", [7, 100, 101, 102], name="Tokens whose vectors learn"),
    ])  # fmt: skip
    line = new_tokens_line(findings)
    assert line in answers(findings)["model_description"].text
    assert line.startswith("Added to the base's tokenizer: [3 tokens][") and "`IL-2`" in line
    assert r"\[link\]" in line and "&lt;b&gt;" in line
    assert "[4 rows][" in line and line.endswith("begun as the mean of the pieces that it was read as.")
