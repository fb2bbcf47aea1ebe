"""The licences that the Hub takes for `license`, and the names under which prose speaks of them.

Source: the table of `repositories-licenses.md` in the Hub's documentation.
"""

import re

_LICENCES = """
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m
    afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5
    cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0
    cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0
    cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0
    lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl
    open-mdw openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr
    deepfloyd-if-license fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4
    grok2-community gemma unknown other
    """
LICENCES = frozenset(_LICENCES.split())
UNNAMED = frozenset({"other", "unknown"})

_VERSION = r"(?:licen[cs]e)?[\s,(]*(?:version|v)?[\s.]*"
_PROSE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), identifier)
    for pattern, identifier in (
        (rf"\bapache[\s-]*{_VERSION}2(?:\.0)?\b", "apache-2.0"),
        (r"\bMIT\b(?:[\s-]licen[cs]e)?", "mit"),
        (r"\bbsd[\s-]*3(?:[\s-]*clause)?\b", "bsd-3-clause"),
        (r"\bbsd[\s-]*2(?:[\s-]*clause)?\b", "bsd-2-clause"),
        (rf"\b(?:gnu\s+)?agpl[\s-]*{_VERSION}3(?:\.0)?\b", "agpl-3.0"),
        (rf"(?<![al])\bgpl[\s-]*{_VERSION}3(?:\.0)?\b", "gpl-3.0"),
        (rf"(?<![al])\bgpl[\s-]*{_VERSION}2(?:\.0)?\b", "gpl-2.0"),
        (rf"\blgpl[\s-]*{_VERSION}3(?:\.0)?\b", "lgpl-3.0"),
        (rf"\bmpl[\s-]*{_VERSION}2(?:\.0)?\b", "mpl-2.0"),
        (r"\bcc0(?:[\s-]*1\.0)?\b", "cc0-1.0"),
        (r"\bthe unlicense\b", "unlicense"),
    )
)
_CREATIVE_COMMONS = re.compile(r"\bcc[\s-]*by((?:[\s-]*(?:nc|nd|sa))*)[\s-]*(\d\.\d)\b", re.IGNORECASE)
_PART = re.compile(r"nc|nd|sa", re.IGNORECASE)
_IDENTIFIER = re.compile(r"(?<![\w.+-])[a-z][a-z0-9]*(?:[-+.][a-z0-9+]+)*(?![\w+-])", re.IGNORECASE)


def licences_in(prose: str) -> frozenset[str]:
    """The licences that a text names, as ids of the Hub.

    >>> sorted(licences_in("Apache License, Version 2.0; the data is CC BY-SA 4.0"))
    ['apache-2.0', 'cc-by-sa-4.0']
    """
    found = {identifier for pattern, identifier in _PROSE if pattern.search(prose)}
    for match in _CREATIVE_COMMONS.finditer(prose):
        parts = "".join(f"-{part.lower()}" for part in _PART.findall(match.group(1)))
        found.add(f"cc-by{parts}-{match.group(2)}")
    words = {match.group().lower().rstrip(".") for match in _IDENTIFIER.finditer(prose)}
    found |= {word for word in words & LICENCES if any(character in word for character in "-+.0123456789")}
    return frozenset(found & LICENCES) - UNNAMED
