"""`tunecard methods`: the PEFT methods there are, and what each can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tunecard.cli.arguments import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tunecard.adapters.methods.method import Method, Setting

WIDTH = 80
PAGE_WIDTH = 150
COUNTED_ON = "roberta-large"
INTRODUCTION = (
    "Every method of the installed PEFT that works on an encoder. Each was tried under the head of every task (the "
    "model class, on a tiny base): trained, saved, loaded again by stock PEFT in a process of its own, and compared "
    "(`tests/contract/test_methods.py`, which makes the list); merging and packing were tried under the heads of "
    "texts and of words. `tunecard methods NAME` shows the settings of one; `--set adapter.method=NAME` takes it. "
    f"Parameters are those that learn on {COUNTED_ON} at the method's own settings, without the head. "
    "*Merges*: the update can be put into the weights, for export and for serving one adapter. "
    "*Packs*: rows lie end to end; the others are padded, which the card tells."
)

OURS = "ours, without a source"
RATES = (
    "What `training.learning_rate: auto` becomes with these; all others learn at the usual rate, by the width of the "
    "base. A rate without a source is a guess of ours that was seen to learn, and no more."
)

MethodName = Annotated[
    str | None, typer.Argument(metavar="NAME", help="One method, with its settings.", show_default=False)
]


def methods(name: MethodName = None, json: AsJson = False) -> None:
    """Which methods are there, and what can each do?

    Every one was tried under the head of every task: trained, saved, loaded by stock PEFT and compared. With a name:
    where it does not work and why, its paper, and its settings, which are keys of the recipe's adapter block.
    """
    from tunecard.adapters.methods.no_methods import NO_METHODS, why_no_method
    from tunecard.adapters.methods.registry import METHODS
    from tunecard.cli.output import print_json
    from tunecard.errors import RecipeError, nearest

    if name is not None and name not in METHODS:
        told = why_no_method(name)
        hint = f" {told}" if told else nearest(name, METHODS)
        raise RecipeError([f"there is no method {name!r}.{hint} `tunecard methods` lists all."])
    chosen = METHODS if name is None else {name: METHODS[name]}
    if json:
        others = [{"name": one.name, "title": one.title, "reason": one.told} for one in NO_METHODS]
        told_too = {"others": others} if name is None else {}
        print_json({"methods": [as_json(method) for method in chosen.values()], **told_too})
    else:
        typer.echo("\n".join(table() if name is None else settings_of(METHODS[name])))


def as_json(method: Method) -> dict[str, Any]:
    """One entry of `methods --json`."""
    from tunecard.adapters.methods.abilities import read_abilities

    ability = read_abilities()[method.name]
    return {
        "name": method.name,
        "title": method.title,
        "reference": method.reference.record(),
        "tasks": {task: {"works": why is None, "reason": why} for task, why in _tasks(method).items()},
        "merges": ability.merges,
        "packs": ability.packs,
        "parameters": dict(ability.parameters),
    }


def table() -> Iterator[str]:
    """Lines of at most 80 columns: a method a line, then what PEFT has and is no method here."""
    import textwrap

    from tunecard.adapters.methods.no_methods import NO_METHODS
    from tunecard.adapters.methods.registry import METHODS

    yield f"{'method':<24} {'works for':<16} {'merges':<7} {'packs':<6} {'parameters':>11}  paper"
    for method in METHODS.values():
        row = as_json(method)
        marks = [("yes" if row[key] else "no") for key in ("merges", "packs")]
        count = row["parameters"][COUNTED_ON]
        paper = f"{method.reference.authors.split(',')[0].split(' and ')[0]} {method.reference.year}"
        yield f"{method.name:<24} {_share(row):<16} {marks[0]:<7} {marks[1]:<6} {count:>11,}  {paper}"[:WIDTH].rstrip()
    yield ""
    notes = (
        f"Parameters: what learns on {COUNTED_ON} at a method's own settings, without the head. Merges: the update can "
        "be put into the weights. Packs: rows lie end to end, without padding; others are padded.",
        *_exceptions(),
        "No methods here:",
        *(f"{one.name} ({one.title}): {one.told}" for one in NO_METHODS),
    )
    for note in notes:
        yield textwrap.fill(note, WIDTH)


def settings_of(method: Method) -> Iterator[str]:
    """What one method is, and the keys that it has in a recipe."""
    import textwrap

    row, paper = as_json(method), method.reference
    yield f"{method.name} ({method.title})"
    yield textwrap.fill(f"{method.meaning[0].upper()}{method.meaning[1:]}", WIDTH)
    source = f"arXiv:{paper.arxiv}" if paper.arxiv else paper.url
    yield textwrap.fill(f"{paper.authors}. {paper.title}, {paper.year}. {source}", WIDTH, break_on_hyphens=False)
    works = f"works for {_works(row)}; {row['parameters'][COUNTED_ON]:,} parameters on {COUNTED_ON}"
    yield from ("", *textwrap.wrap(works, WIDTH, break_on_hyphens=False))
    for task, told in row["tasks"].items():
        if not told["works"]:
            yield textwrap.fill(f"{task}: no, {told['reason']}", WIDTH, break_on_hyphens=False)
    if method.learning_rate is not None or method.rate_factor != 1:
        yield textwrap.fill(
            f"learns at {_rate(method)}, the head at {_head_rate(method)}: {method.rate_from or OURS}", WIDTH
        )
    for label, key, why in (("merges", "merges", method.unmerged), ("packs", "packs", method.unpacked)):
        yield textwrap.fill(f"{label}: {'yes' if row[key] else 'no' + (f', {why}' if why else '')}", WIDTH)
    yield from ("", "adapter:", f"  method: {method.name}")
    for setting in method.settings:
        yield textwrap.fill(
            f"{setting.key}: {_default(setting)}", WIDTH, initial_indent="  ", subsequent_indent="    ",
            break_on_hyphens=False,
        )  # fmt: skip


def page() -> str:
    """docs/methods.md."""
    import textwrap

    from tunecard.adapters.methods.no_methods import NO_METHODS
    from tunecard.adapters.methods.registry import METHODS

    lines = [
        "# Methods",
        "",
        textwrap.fill(INTRODUCTION, PAGE_WIDTH, break_on_hyphens=False),
        "",
        "| method | what learns | works for | merges | packs | parameters | paper |",
        "|---|---|---|---|---|---|---|",
    ]
    for method in METHODS.values():
        row, paper = as_json(method), method.reference
        link = f"https://arxiv.org/abs/{paper.arxiv}" if paper.arxiv else paper.url
        marks = " | ".join("yes" if row[key] else "no" for key in ("merges", "packs"))
        count = f"{row['parameters'][COUNTED_ON]:,}"
        lines.append(
            f"| `{method.name}` ({method.title}) | {method.meaning} | {_works(row)} | {marks} | {count} | "
            f"[{paper.title}]({link}), {paper.year} |"
        )
    if exceptions := list(_exceptions()):
        lines += ["", "## What works for some tasks only", ""]
        lines += [f"- {sentence}" for sentence in exceptions]
    lines += ["", "## Learning rates of their own", "", textwrap.fill(RATES, PAGE_WIDTH), ""]
    lines += ["| method | adapter | head | by |", "|---|---|---|---|", *_rates()]
    lines += ["", "## What is no method here", "", "| asked for as | PEFT calls it | why |", "|---|---|---|"]
    lines += [
        f"| `{one.name}` ({one.title}) | {f'`{one.peft}`' if one.peft else '-'} | {one.told} |" for one in NO_METHODS
    ]
    return "\n".join(lines) + "\n"


def _rates() -> Iterator[str]:
    """A row for each method that does not learn at the usual rate."""
    from tunecard.adapters.methods.registry import METHODS

    for method in METHODS.values():
        if method.learning_rate is not None or method.rate_factor != 1:
            yield f"| `{method.name}` | {_rate(method)} | {_head_rate(method)} | {method.rate_from or OURS} |"


def _rate(method: Method) -> str:
    return f"{method.rate_factor:g} times the usual" if method.learning_rate is None else f"{method.learning_rate:g}"


def _head_rate(method: Method) -> str:
    return "the same" if method.head_learning_rate is None else f"{method.head_learning_rate:g} at most"


def _tasks(method: Method) -> dict[str, str | None]:
    from tunecard.adapters.methods.abilities import read_abilities
    from tunecard.tasks import TASKS

    ability = read_abilities()[method.name]
    return {name: ability.why_not(make().auto_class) for name, make in TASKS.items()}


def _works(row: Mapping[str, Any]) -> str:
    """In the words that are fewer: the tasks that it works for, or those that it does not."""
    tasks = row["tasks"]
    works = [task for task, told in tasks.items() if told["works"]]
    fails = [task for task in tasks if task not in works]
    if len(works) <= len(fails):
        return ", ".join(works) or "none"
    return "every task" + (f" but {', '.join(fails)}" if fails else "")


def _share(row: Mapping[str, Any]) -> str:
    works = [task for task, told in row["tasks"].items() if told["works"]]
    return "every task" if len(works) == len(row["tasks"]) else f"{len(works)} of {len(row['tasks'])} tasks"


def _exceptions() -> Iterator[str]:
    """A sentence for each reason why some methods do not work for some task."""
    from tunecard.adapters.methods.registry import METHODS

    found: dict[tuple[str, str], list[str]] = {}
    for method in METHODS.values():
        for task, why in _tasks(method).items():
            if why is not None:
                found.setdefault((task, why), []).append(method.name)
    for (task, why), names in found.items():
        yield f"Not for {task}: {', '.join(names)}. {why[0].upper()}{why[1:]}."


def _default(setting: Setting) -> str:
    if setting.rule is None:
        return f"{setting.default}  # {setting.must_be}"
    return f"auto  # {setting.rule.words}; or {setting.must_be.removesuffix(', or auto')}"
