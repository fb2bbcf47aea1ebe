"""What is decided once is named once: no room but its own names a task, a PEFT method, its tensors or its spellings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tunecard
from tunecard.adapters.methods.registry import METHODS
from tunecard.tasks import TASKS

SOURCE = Path(tunecard.__file__).parent
ROOM = "adapters"
# Reads the prose of cards that others wrote, where adapters are called what people call them.
READS_PROSE = {"auditing/claims.py", "hub/languages.py"}
# LoRA's `r` is also what numpy calls a mode, and a radius.
SPELLINGS = {
    setting.peft
    for method in METHODS.values()
    for setting in method.settings
    if setting.peft.rpartition(".")[2] not in ("", setting.key) and len(setting.peft) > 1
}


def words_of(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every identifier and string of a module, docstrings aside."""
    tree = ast.parse(source)
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    documented = [node for node in ast.walk(tree) if isinstance(node, holders) and ast.get_docstring(node)]
    docstrings = {id(node.body[0].value) for node in documented if isinstance(node.body[0], ast.Expr)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield line, node.value
        for field in ("id", "attr", "arg", "name"):
            if isinstance(word := getattr(node, field, None), str):
                yield line, word


# Most stand in other words, such as "several" and "missing"; of some the plain word is meant more often.
OURS = {"effective_rank", "topk"}  # spellings that mean something else here
PLAIN_WORDS = {"miss", "road"}
NAMES = re.compile(rf"lora|(?<![a-z])({'|'.join(sorted(set(METHODS) - PLAIN_WORDS))})(?![a-z])")


def names_a_method(word: str) -> bool:
    """Whether a method's name stands in the word, or it is PEFT's word for a setting."""
    return (word in SPELLINGS and word not in OURS) or bool(NAMES.search(word.lower()))


@pytest.mark.parametrize(
    "word", ["lora_A", "stacked_lora", "a LoRA adapter", "lora_dropout", "lora_only", "LORA", "eva_rows"]
)
def test_the_search_knows_a_methods_words(word: str) -> None:
    assert names_a_method(word)
    assert [found for _, found in words_of(f'"""LoRA."""\nprint({word!r})') if names_a_method(found)] == [word]


def test_nobody_outside_names_a_method_or_its_tensors() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line}: {word[:60]!r}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] != ROOM and str(path.relative_to(SOURCE)) not in READS_PROSE
        for line, word in words_of(path.read_text(encoding="utf-8"))
        if names_a_method(word) and not word.startswith("tunecard.adapters")
    ]
    assert found == []


# The Hub has pipelines of the same names; these rooms know the Hub's, whatever our tasks are.
HUBS = {"hub", "auditing"}
TASK_NAMES = re.compile(rf"(?<![Ll]ogistic )(?<![Rr]idge )\b({'|'.join(TASKS)})\b")  # statistics has names of its own


def names_a_task(word: str) -> bool:
    """Whether the word is a task's name, the class of one, or a question for its kind."""
    classes = {make.__name__ for make in TASKS.values()}
    return word in classes or word.startswith(("is_token_task", "is_text_task")) or bool(TASK_NAMES.search(word))


@pytest.mark.parametrize("word", ["token-classification", "or text-classification", "Regression", "is_token_task"])
def test_the_search_knows_a_tasks_words(word: str) -> None:
    assert names_a_task(word)


def test_nobody_outside_names_a_task_or_asks_for_its_kind() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line}: {word[:60]!r}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] not in {"tasks", *HUBS}
        for line, word in words_of(path.read_text(encoding="utf-8"))
        if names_a_task(word)
    ]
    assert found == []
