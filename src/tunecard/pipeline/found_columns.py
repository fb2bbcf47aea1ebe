"""The task of a look, and which column is what: as told, by usual names, or, of lists, by what they hold."""

from __future__ import annotations

from collections.abc import Mapping

from tunecard.data.candidates import candidates, holds_words
from tunecard.errors import DataError
from tunecard.pipeline.looking import Look
from tunecard.pipeline.wish import AUTO, Wish
from tunecard.tasks import TASKS, Task, recognise
from tunecard.tasks.columns import guess, usual

WORD_ROLES = ("tokens", "tags")


def found_columns(look: Look, wish: Wish) -> tuple[Task, dict[str, str]]:
    """The task, and the columns that were told or found; roles that are open are missing."""
    told = dict(wish.columns)
    of_words = {name: task for name, make in TASKS.items() if (task := make()).reads == "words"}
    if wish.task in (AUTO, *of_words) and "label" not in told:
        found = _of_words(look, told)
        if found is not None:
            first = next((task for task in of_words.values() if task.recognises({**told, **found}, look.table)), None)
            task = of_words.get(wish.task) or first or list(of_words.values())[-1]
            return task, {**_found_by(task, {**told, **found}, look), **found}
    task = TASKS[wish.task]() if wish.task in TASKS else recognise(told, look.table)
    try:
        return task, task.find_columns(told, look.table)
    except DataError:
        return task, _found_beside(task, told, look)


def _of_words(look: Look, told: Mapping[str, str]) -> dict[str, str] | None:
    """The columns of words and tags, or of texts and marked passages, where the rows hold such; else None."""
    if _is_of_words(look, told):
        return _told_or_usual(WORD_ROLES, look, told)
    marked = [profile.name for profile in look.profiles if profile.kind == "span lists"]
    if len(marked) == 1 and not set(WORD_ROLES) & set(told) and not usual("label", look.table):
        return {"spans": marked[0], **_told_or_usual(("text", "spans"), look, told)}
    return None


def _is_of_words(look: Look, told: Mapping[str, str]) -> bool:
    """Whether rows are words with tags, and not texts with something else in lists beside them."""
    if {"text", "spans"} & set(told) or not holds_words(look.profiles):
        return False
    has_texts = any(profile.kind == "texts" for profile in look.profiles)
    is_named = bool(set(WORD_ROLES) & set(told)) or bool(usual("tokens", look.table))
    return not has_texts or is_named or bool(candidates("tags", look.profiles, {}, look.table))


def _told_or_usual(roles: tuple[str, ...], look: Look, told: Mapping[str, str]) -> dict[str, str]:
    return {role: name for role in roles if (name := told.get(role) or _usual(role, look))}


def _found_by(task: Task, told: Mapping[str, str], look: Look) -> dict[str, str]:
    try:
        return task.find_columns(told, look.table)
    except DataError:
        return {}


def _usual(role: str, look: Look) -> str | None:
    try:
        return guess(role, look.table)
    except DataError:
        return None


def _found_beside(task: Task, told: dict[str, str], look: Look) -> dict[str, str]:
    """What is found where the first input is open: as if it were known."""
    role = task.roles[0]
    try:
        found = task.find_columns({**told, role: next(iter(look.table.columns))}, look.table)
    except DataError:
        return told
    return {name: column for name, column in found.items() if name != role or name in told}
