r"""Patterns of an adapter_config.json, read in bounds: names of modules, or regular expressions as PEFT takes them.

`re` may search for longer than anybody waits: `(.*)*x` doubles its steps with every letter. Here a pattern is followed
as `re` does, by trying and turning back, but the steps are counted: what takes too many is refused by name, and `re`
itself is quick with the rest. What is read: letters, `.`, `\w \d \s \b`, classes, groups, `|`, `* + ? {m,n}` greedy or
lazy, `^ $`, and looking ahead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

LONGEST = 2_000  # characters of a pattern
DEEPEST = 20  # groups within groups
MOST_REPEATS = 1_000
MOST_STEPS = 200_000  # of one pattern on one name; names of modules have at most a hundred letters

Next = Callable[[int], bool]
Matcher = Callable[[int, Next], bool]  # tries at a place, goes on with the rest, and turns back where that fails

_NAME = re.compile(r"[\w.-]+")
_BOUNDS = re.compile(r"\{(\d*)(,?)(\d*)\}")
_GROUP = re.compile(r"\?(?::|P<\w+>|=|!)")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_ESCAPE = re.compile(r"\\(?:[wWdDsS]|[^\w\s])")


class PatternError(ValueError):
    """A pattern that is not read, or not in bounds."""


class _Repeat(NamedTuple):
    least: int
    most: int
    is_lazy: bool


def is_name(text: str) -> bool:
    """Whether a text is the name of a module, or the end of one: letters, digits, dots.

    >>> is_name("attention.self.query"), is_name("(a+)+")
    (True, False)
    """
    return _NAME.fullmatch(text) is not None


def matches(pattern: str, name: str) -> bool:
    r"""Whether a pattern describes a whole name, as `re.fullmatch` says.

    Raises: PatternError: it is no pattern, or is not decided within `MOST_STEPS`.

    >>> matches(r".*layer\.1\..*(query|dense)", "encoder.layer.1.attention.query")
    True
    """
    return _Reading(pattern).fits(name)


def check_pattern(pattern: str, names: Iterable[str]) -> None:
    """Raises: PatternError: it is no pattern, or not decided in bounds for one of the names."""
    reading = _Reading(pattern)
    for name in names:
        reading.fits(name)


def pattern_faults(config: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """What is wrong with the patterns of an adapter_config.json, a sentence each.

    Args:
        names: of the modules that the patterns are about.
    """
    found, names = [], list(names)
    for key, pattern in _patterns(config):
        try:
            check_pattern(pattern, names)
        except PatternError as error:
            found.append(f"{key}: {pattern[:80]!r} {error}")
    for key, text in _plain_names(config):
        if not (isinstance(text, str) and is_name(text)):
            found.append(f"{key} holds names of modules. Got {str(text)[:80]!r}.")
    return found


def _patterns(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The key and text of everything that PEFT reads as a regular expression."""
    for key in ("target_modules", "exclude_modules", "feedforward_modules"):
        if isinstance(config.get(key), str):
            yield key, config[key]
    for key in ("rank_pattern", "alpha_pattern"):
        if isinstance(config.get(key), dict):
            yield from ((key, rf"(.*\.)?({pattern})") for pattern in map(str, config[key]))


def _plain_names(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The key and value of every name that PEFT puts into a regular expression of its own."""
    for key in ("modules_to_save", "layers_pattern"):
        value = config.get(key)
        for text in value if isinstance(value, list) else [] if value is None else [value]:
            yield key, text


class _Reading:
    """A pattern as a matcher whose steps are counted."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > LONGEST:
            raise PatternError(f"has {len(pattern):,} characters; at most {LONGEST:,} are read.")
        self._pattern, self._place, self._depth = pattern, 0, 0
        self._name, self._steps = "", 0
        self._matcher = self._choice()
        if self._place < len(pattern):
            raise PatternError("is no regular expression: a ) stands alone.")

    def fits(self, name: str) -> bool:
        self._name, self._steps = name, 0
        try:
            return self._matcher(0, lambda place: place == len(name))
        except RecursionError as error:
            raise PatternError("is not decided within reason. Name the modules.") from error

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise PatternError(f"is not decided in {MOST_STEPS:,} steps for {self._name!r}. Name the modules.")

    # The pattern, from left to right

    def _choice(self) -> Matcher:
        branches = [self._sequence()]
        while self._pattern[self._place : self._place + 1] == "|":
            self._place += 1
            branches.append(self._sequence())
        return lambda place, rest: any(branch(place, rest) for branch in branches)

    def _sequence(self) -> Matcher:
        parts = []
        while self._place < len(self._pattern) and self._pattern[self._place] not in "|)":
            part = self._part()
            repeat = self._repeat()
            parts.append(part if repeat is None else self._repeated(part, repeat))

        def run(index: int, place: int, rest: Next) -> bool:
            if index == len(parts):
                return rest(place)
            return parts[index](place, lambda after: run(index + 1, after, rest))

        return lambda place, rest: run(0, place, rest)

    def _part(self) -> Matcher:
        char = self._pattern[self._place]
        if char == "(":
            return self._group()
        if char in "*+?{":
            raise PatternError(f"is no regular expression: nothing stands before {char!r}.")
        self._place += 1
        if char == "^":
            return lambda place, rest: place == 0 and rest(place)
        if char == "$":
            return lambda place, rest: place == len(self._name) and rest(place)
        if char == "\\" and self._pattern[self._place : self._place + 1] in ("b", "B"):
            return self._at_edge()
        return self._letter(char)

    def _letter(self, char: str) -> Matcher:
        """One letter of a name: itself, any, or one of a class. `re` is asked about a single letter only."""
        text, begin = char, self._place - 1
        if char in "\\[":
            kind = _ESCAPE if char == "\\" else _CLASS
            found = kind.match(self._pattern, begin)
            if found is None:
                raise PatternError(f"holds {self._pattern[begin : begin + 10]!r}, which is not read here.")
            text, self._place = found[0], found.end()
        elif char != ".":
            text = re.escape(char)
        try:
            is_one = re.compile(text).fullmatch
        except re.error as error:
            raise PatternError(f"is no regular expression: {error}.") from error

        def match(place: int, rest: Next) -> bool:
            self._step()
            return place < len(self._name) and is_one(self._name[place]) is not None and rest(place + 1)

        return match

    def _at_edge(self) -> Matcher:
        wanted = self._pattern[self._place] == "b"
        self._place += 1

        def is_word(place: int) -> bool:
            return 0 <= place < len(self._name) and (self._name[place].isalnum() or self._name[place] == "_")

        return lambda place, rest: (is_word(place - 1) != is_word(place)) is wanted and rest(place)

    def _group(self) -> Matcher:
        self._place += 1
        self._depth += 1
        if self._depth > DEEPEST:
            raise PatternError(f"has more than {DEEPEST} groups within groups.")
        kind = _GROUP.match(self._pattern, self._place)
        if self._pattern[self._place : self._place + 1] == "?" and kind is None:
            raise PatternError(f"holds {self._pattern[self._place - 1 : self._place + 9]!r}, which is not read here.")
        self._place = kind.end() if kind else self._place
        inside = self._choice()
        if self._pattern[self._place : self._place + 1] != ")":
            raise PatternError("is no regular expression: a ( is not closed.")
        self._place += 1
        self._depth -= 1
        if kind is None or kind[0] not in ("?=", "?!"):
            return inside
        wanted = kind[0] == "?="
        return lambda place, rest: inside(place, lambda after: True) is wanted and rest(place)

    def _repeat(self) -> _Repeat | None:
        char = self._pattern[self._place : self._place + 1]
        simple = {"*": (0, MOST_REPEATS), "+": (1, MOST_REPEATS), "?": (0, 1)}
        bounds = _BOUNDS.match(self._pattern, self._place)
        if char in simple and char:
            (least, most), self._place = simple[char], self._place + 1
        elif bounds and (bounds[1] or bounds[3]):
            least = int(bounds[1] or 0)
            most = int(bounds[3] or MOST_REPEATS) if bounds[2] else least
            self._place = bounds.end()
        else:
            return None
        if not least <= most <= MOST_REPEATS:
            raise PatternError(f"repeats a part {least} to {most} times; at most {MOST_REPEATS} times are read.")
        follows = self._pattern[self._place : self._place + 1]
        self._place += follows == "?"
        if follows in ("+", "*"):
            raise PatternError(f"holds {char + follows!r}, which is not read here.")
        return _Repeat(least, most, follows == "?")

    def _repeated(self, part: Matcher, repeat: _Repeat) -> Matcher:
        def again(count: int, place: int, rest: Next) -> bool:
            self._step()

            def once_more() -> bool:
                # `re`, too, gives up a repetition that moves nowhere
                return count < repeat.most and part(
                    place, lambda after: (after > place or count < repeat.least) and again(count + 1, after, rest)
                )

            if count < repeat.least:
                return once_more()
            return rest(place) or once_more() if repeat.is_lazy else once_more() or rest(place)

        return lambda place, rest: again(0, place, rest)
