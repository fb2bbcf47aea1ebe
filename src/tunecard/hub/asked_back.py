"""Licences and languages as people declare them: what the Hub would not take is asked back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from tunecard.hub.languages import CODES_BY_WORD, language_codes, languages_in
from tunecard.hub.licences import LICENCES, licences_in

SHOWN = 3
LONGEST_NAME = 5  # words: "Apache License, Version 2.0" has four; what is longer is a sentence
OFTEN = ("apache-2.0", "mit", "cc-by-4.0")
JOINING = frozenset({"and", "or", "&"})


def licence_fault(declared: str) -> str | None:
    """What keeps a declared licence from being an id of the Hub; None where it is one, or a licence of one's own.

    A name of several words that is no known licence is one of one's own: the card gives it as `other`.

    >>> licence_fault("apache-2.0"), licence_fault("Terms of the Town"), licence_fault("CC BY 4.0")
    (None, None, None)
    >>> licence_fault("Apache License 2.0")
    "'Apache License 2.0' is no licence id of the Hub. Did you mean apache-2.0?"
    >>> licence_fault("mitt")
    "'mitt' is no licence id of the Hub. Did you mean mit? One of your own is named in words: Town Terms of Use."
    """
    words = declared.lower().split()
    if not words or {declared.strip().lower(), "-".join(words)} & LICENCES:
        return None
    named = sorted(licences_in(declared))
    if len(words) > 1:
        is_meant = len(named) == 1 and len(words) <= LONGEST_NAME
        return f"{declared!r} is no licence id of the Hub. Did you mean {named[0]}?" if is_meant else None
    near = named or _near(declared, LICENCES) or list(OFTEN)
    return (
        f"{declared!r} is no licence id of the Hub. Did you mean {_any_of(near)}? "
        "One of your own is named in words: Town Terms of Use."
    )


def language_fault(declared: str) -> str | None:
    """What keeps a declared language, or several with commas, from being codes of the Hub; None where all are.

    >>> language_fault("en, German, zh-CN")
    >>> language_fault("englsh")
    "'englsh' is no language of the Hub. Did you mean en (english)? Its codes are those of ISO 639, such as en or deu."
    """
    words = [word for word in re.split(r"[,;/\s]+", declared) if word and word.lower() not in JOINING]
    unknown = [word for word in words if not languages_in(word)]
    if not unknown:
        return None
    shown = " and ".join(repr(word) for word in unknown)
    verb = "is no language" if len(unknown) == 1 else "are no languages"
    near = list(dict.fromkeys(code for word in unknown for code in _near_codes(word)))
    hint = f" Did you mean {_any_of(near)}?" if near else ""
    return f"{shown} {verb} of the Hub.{hint} Its codes are those of ISO 639, such as en or deu."


def declaration_faults(licence: str | None, languages: str | Iterable[str] | None) -> list[str]:
    """The faults of `card.license` and `card.language`, a sentence each."""
    several = [languages] if isinstance(languages, str) else list(languages or ())
    faults = [("card.license", licence_fault(licence or "")), ("card.language", language_fault(", ".join(several)))]
    return [f"{key}: {fault}" for key, fault in faults if fault]


def _near_codes(word: str) -> list[str]:
    names = [name for name in CODES_BY_WORD if len(name) > 3]
    by_name = [f"{CODES_BY_WORD[name]} ({name})" for name in _near(word, names)]
    return by_name[:1] or _near(word, (code for code in language_codes() if len(code) == len(word)))


def _near(word: str, options: Iterable[str]) -> list[str]:
    return get_close_matches(word.lower(), sorted(options), n=SHOWN, cutoff=0.65)


def _any_of(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
