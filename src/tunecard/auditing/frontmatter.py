"""The YAML between the two `---` lines of a card: cut out, and read without running anything.

The Hub reads it with a strict YAML parser, so a repeated key is a fault here too, which PyYAML would pass in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tunecard.untrusted.bounded_yaml import ExcessiveYaml, fastest_loader, load_yaml

_OPENING = re.compile(r"\A\s*---[ \t]*\n")
_CLOSING = re.compile(r"^---[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class FrontMatter:
    """The metadata of a card.

    `values` is None where there is no mapping to judge; `problem` then says why. `body` is the Markdown below.
    """

    values: dict[str, Any] | None
    problem: str | None
    body: str


def split_card(text: str) -> FrontMatter:
    """Parts a card into metadata and Markdown; never raises, whatever the YAML holds.

    >>> split_card("---\\nlicense: mit\\n---\\n# Card").values
    {'license': 'mit'}
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    opening = _OPENING.match(text)
    if not opening:
        return FrontMatter(None, _MISSING, text)
    closing = _CLOSING.search(text, opening.end())
    if not closing:
        return FrontMatter(None, "front matter: it is opened by --- but never closed. Add a line --- below it.", text)
    values, problem = _read(text[opening.end() : closing.start()])
    return FrontMatter(values, problem, text[closing.end() :])


_MISSING = (
    "front matter: a card begins with metadata between two lines ---, and this one has none. "
    "Add at least license, base_model and tags, so that the Hub can show and find the model."
)


def _read(source: str) -> tuple[dict[str, Any] | None, str | None]:
    try:
        values = load_yaml(source, _strict_loader())
    except ExcessiveYaml as error:
        return None, f"front matter: it must have {error}, but has more. Write it out plainly."
    except yaml.MarkedYAMLError as error:
        return None, f"front matter: it must be YAML, but {_where(error)}{error.problem or error.context}. Correct it."
    except yaml.YAMLError as error:
        return None, f"front matter: it must be YAML, but cannot be read ({type(error).__name__}). Correct it."
    if values is None or values == {}:
        return None, _MISSING
    if not isinstance(values, dict):
        kind = type(values).__name__
        return None, f"front matter: it must be a mapping of keys to values, but is a {kind}. Write key: value lines."
    return {str(key): value for key, value in values.items()}, None


def _where(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"line {mark.line + 2} " if mark else ""


@cache
def _strict_loader() -> Any:
    """A safe loader that refuses repeated keys; in C where PyYAML was built with it."""
    base: Any = fastest_loader()

    class StrictLoader(base):  # type: ignore[misc]
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            seen = set()
            for key_node, _ in node.value:
                key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
                if key is not None and key in seen and key != "<<":
                    raise yaml.MarkedYAMLError(problem=f"repeats the key `{key}`", problem_mark=key_node.start_mark)
                seen.add(key)
            mapping: dict[Any, Any] = super().construct_mapping(node, deep)
            return mapping

    return StrictLoader
