"""The get-started code: stock PEFT and transformers in a dozen lines, built from a fixed text with quoted literals."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

_HEAD = """import torch
from peft import PeftModel
from transformers import AutoConfig, {auto_class}, AutoTokenizer

adapter = "."  # this folder, or its id on the Hub
base = {base}
config = AutoConfig.from_pretrained(adapter)
tokenizer = AutoTokenizer.from_pretrained(adapter)
model = {auto_class}.from_pretrained(base{revision}, config=config)
model = PeftModel.from_pretrained(model, adapter).eval()

"""

_LOAD = "model = PeftModel.from_pretrained("
_GROW = "model.resize_token_embeddings(len(tokenizer))  # room for the tokens that the adapter brings\n"

_TOKENS = """words = {example}.split()
inputs = tokenizer(words, is_split_into_words=True, truncation=True, return_tensors="pt")
with torch.no_grad():
    probabilities = model(**inputs).logits[0].softmax(-1)
for position, word in enumerate(inputs.word_ids()):
    if word is not None and word != inputs.word_ids()[position - 1]:  # the first piece of a word carries its tag
        best = probabilities[position].max(-1)
        print(f"{{words[word]:<16}} {{config.id2label[int(best.indices)]:<16}} {{float(best.values):.2f}}")
"""

_TEXT = """inputs = tokenizer({example}, truncation=True, return_tensors="pt")
with torch.no_grad():
    probabilities = model(**inputs).logits[0].softmax(-1)
for index in probabilities.argsort(descending=True)[:3]:
    print(f"{{config.id2label[int(index)]:<32}} {{float(probabilities[index]):.2f}}")
"""

TOKEN_EXAMPLE = "Marta Ruiz joined Siemens in Madrid in March 2019 ."
TEXT_EXAMPLE = ("I would like to know when it arrives.",)
_MARK = "EXAMPLE"
PAIR_EXAMPLE = ("A man plays the guitar.", "Somebody makes music.")


def token_snippet(base_id: str, revision: str | None, example: Sequence[str] = ()) -> str:
    """Code that prints each word of `example` (or of our own) with its tag and probability."""
    words = " ".join(example) or TOKEN_EXAMPLE
    return code_head("AutoModelForTokenClassification", base_id, revision) + _TOKENS.format(example=literal(words))


def text_snippet(base_id: str, revision: str | None, example: Sequence[str] = ()) -> str:
    """Code that prints the three likeliest labels of `example` (or of our own): a text, or a pair of texts."""
    literals = ", ".join(literal(text) for text in tuple(example) or TEXT_EXAMPLE)
    return code_head("AutoModelForSequenceClassification", base_id, revision) + _TEXT.format(example=literals)


Snippet = Callable[[str, str | None, Sequence[str]], str]


def example_in(code: str, snippet: Snippet, base_id: str, revision: str | None) -> tuple[str, ...] | None:
    """The texts that `code` runs on, when it is this template for this base and nothing else; else None.

    Args:
        snippet: what a task writes for a base, a revision and an example.

    >>> example_in(text_snippet("a/b", None, ["Hello"]), text_snippet, "a/b", None)
    ('Hello',)
    >>> example_in(text_snippet("a/b", None) + "import os", text_snippet, "a/b", None)
    """
    begin, _, end = snippet(base_id, revision, [_MARK]).partition(literal(_MARK))
    if len(code) < len(begin) + len(end):
        return None
    try:
        texts = ast.literal_eval(f"({code[len(begin) : len(code) - len(end)]},)")
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    is_same = all(isinstance(text, str) for text in texts) and snippet(base_id, revision, texts) == code
    return texts if is_same else None


def code_head(auto_class: str, base_id: str, revision: str | None) -> str:
    """The lines that load the adapter on its base; they end in an empty line."""
    pinned = f", revision={literal(revision)}" if revision else ""
    return _HEAD.format(auto_class=auto_class, base=literal(base_id), revision=pinned)


def for_new_tokens(snippet: Snippet) -> Snippet:
    """The same code for an adapter that brings tokens: the base gets rows for them, which the adapter then fills.

    >>> "embeddings(len(tokenizer))" in for_new_tokens(text_snippet)("a/b", None, [])
    True
    """

    def grown(base_id: str, revision: str | None, example: Sequence[str]) -> str:
        before, load, after = snippet(base_id, revision, example).partition(_LOAD)
        return before + _GROW + load + after

    return grown


def literal(text: str) -> str:
    """A text as Python writes it."""
    # repr() escapes quotes, newlines and control characters: no text can leave its literal.
    return repr(text)
