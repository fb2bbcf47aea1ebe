"""What labels leave open: whether -1 is one, what bare numbers stand for, whether numbers are classes or amounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tunecard.data.candidates import candidates
from tunecard.data.column_profile import ColumnProfile
from tunecard.errors import DataError
from tunecard.pipeline.column_words import column_words
from tunecard.pipeline.looking import Look
from tunecard.pipeline.question import Choice, OpenQuestion
from tunecard.pipeline.wish import AUTO, Wish
from tunecard.tasks import TASKS, Task, default_task
from tunecard.tasks.alike import MERGE, AlikeNames, find_alike
from tunecard.tasks.labels import name_of
from tunecard.tasks.minus_one import MINUS_ONE, settle_minus_one
from tunecard.tasks.missing import is_missing

ALIKE = "data.labels_alike"
SHOWN_GROUPS = 3
MOST_GRADES = 20  # whole numbers that may as well be classes
FEW = 3


def questions_of_labels(look: Look, wish: Wish, task: Task, found: Mapping[str, str]) -> Iterator[OpenQuestion]:
    """What is open about the labels once their column is known."""
    column = next(found[role] for role in task.label_roles if role in found)
    profile = look.profile_of(column)
    if profile.kind in ("tag lists", "number lists") and task.reads == "words":
        yield from _which_tags(look, wish, task, column, found)
    if not task.labels_are_names:
        return
    declared = wish.labels or look.declared_names(column) or ()
    if groups := [] if _merges(wish) else find_alike(profile.counts, declared):
        yield _one_or_several(wish, groups)
    if declared:
        return
    if profile.kind == "number lists" and task.reads == "words":
        yield _names_of_tags(wish, profile)
    elif profile.kind == "number lists":
        yield _names_of_classes(wish, profile, int(profile.most) + 1)
    if profile.kind != "whole numbers":
        return
    numbers = sorted(int(float(value)) for value in profile.counts)
    names = [None if is_missing(value) else name_of(value, None)[0] for value in look.table.columns[column]]
    if settle_minus_one({"train": look.table}, {"train": names}, None)[2]:
        yield _what_minus_one_means(wish, profile, numbers)
    if wish.task == AUTO and len(numbers) >= FEW:
        yield _classes_or_amounts(wish, profile, numbers)
    if numbers == list(range(len(numbers))) and len(numbers) <= MOST_GRADES:
        yield _names_of_classes(wish, profile, len(numbers))


def _which_tags(look: Look, wish: Wish, task: Task, column: str, found: Mapping[str, str]) -> Iterator[OpenQuestion]:
    role = task.label_roles[0]
    others = {name: value for name, value in found.items() if name != role}
    names = candidates(role, look.profiles, others, look.table)
    if role in wish.columns or len(names) < 2:
        return
    ordered = [column, *(name for name in names if name != column and not look.repeats(name, [column]))]
    if len(ordered) < 2:
        return
    choices = tuple(
        Choice(f"{name}: {column_words(look.by_name[name])}", wish.with_column(role, name)) for name in ordered
    )
    yield OpenQuestion(
        f"column {role}", "Several columns hold tags. Which one is to be learned?", choices, is_needed=False
    )


def _merges(wish: Wish) -> bool:
    return f"{ALIKE}={MERGE}" in "".join(wish.settings).replace(" ", "")


def _one_or_several(wish: Wish, groups: list[AlikeNames]) -> OpenQuestion:
    shown = "; ".join(f"{group} become {group.kept!r}" for group in groups[:SHOWN_GROUPS])
    return OpenQuestion(
        "labels alike",
        "Some labels differ only in case, blanks or Unicode form. Is each group one?",
        (
            Choice(f"yes: {shown}", replace(wish, settings=(*wish.settings, f"{ALIKE}={MERGE}"))),
            Choice("no: stop here, and I mend the data first", None),
        ),
        why="Trained apart they would be classes that nobody can tell from each other.",
    )


def _what_minus_one_means(wish: Wish, profile: ColumnProfile, numbers: list[int]) -> OpenQuestion:
    count = profile.counts[MINUS_ONE]
    names = tuple(map(str, numbers))
    return OpenQuestion(
        "minus one",
        f"What does -1 mean in {profile.name!r} ({count:,} of {profile.rows:,} rows)?",
        (
            Choice("a class of its own, such as negative", replace(wish, labels=names)),
            Choice("no label: these rows are left out", replace(wish, labels=names[1:])),
        ),
        why="Many data sets write -1 where a row has no label.",
    )


def _classes_or_amounts(wish: Wish, profile: ColumnProfile, numbers: list[int]) -> OpenQuestion:
    classes = default_task().name
    amount = next(name for name, make in TASKS.items() if make().objective == "numbers")
    are_ids = len(numbers) <= MOST_GRADES or numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    choices = [
        Choice("names of classes, which have no order", replace(wish, task=classes).having_settled("classes")),
        Choice("amounts, such as grades: a number is predicted", replace(wish, task=amount)),
    ]
    return OpenQuestion(
        "classes or amounts",
        f"What are the {len(numbers)} whole numbers {numbers[0]} to {numbers[-1]} in {profile.name!r}?",
        tuple(choices if are_ids else choices[::-1]),
        is_needed=not are_ids,
        why="Classes are told apart; of amounts, near ones count as near.",
    )


def _names_of_classes(wish: Wish, profile: ColumnProfile, count: int) -> OpenQuestion:
    return OpenQuestion(
        "names of classes",
        f"What are the classes 0 to {count - 1} of {profile.name!r} called? Names in this order, with commas.",
        (Choice("their numbers", wish.having_settled("names of classes")),),
        is_needed=False,
        takes=lambda typed: replace(wish, labels=_names(typed, count)),
        why="The card and every answer speak of classes by these names.",
    )


def _names_of_tags(wish: Wish, profile: ColumnProfile) -> OpenQuestion:
    count = int(profile.most) + 1
    example = tuple(f"TAG{number}" for number in range(count))
    return OpenQuestion(
        "names of tags",
        f"Which tags are the numbers 0 to {count - 1} in {profile.name!r}? In this order, such as O,B-PER,I-PER",
        (Choice("", replace(wish, labels=example)),),
        takes=lambda typed: replace(wish, labels=_names(typed, count)),
        why="Their names stand nowhere in the data; its documentation tells them.",
    )


def _names(typed: str, count: int) -> tuple[str, ...]:
    names = tuple(name.strip() for name in typed.split(","))
    if len(names) != count or len(set(names)) != count or not all(names):
        raise DataError(f"{count} different names are needed. Got {len(set(filter(None, names)))}.")
    return names
