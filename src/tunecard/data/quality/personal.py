"""Personal data that has a form: e-mail addresses, phone, card and account numbers, addresses of machines.

Patterns find what has the form and tell nothing of names, places or stories. What was found is counted and never kept.
Every pattern has bounded repeats and a fixed edge, so that no text takes more than linear time.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tunecard.data.splits import looked_at_in_words, places_to_look_at
from tunecard.evidence import Finding, measured

MOST_CHARACTERS = 60_000_000  # of a split: about 10 s
_EMAIL = re.compile(
    r"(?<![\w.%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"
)
_PHONE = re.compile(
    r"(?<![\w.+/-])(?:"
    r"(?:\+|(?<![0-9] )00)[1-9](?:[ ./()-]{0,2}[0-9]){8,14}"  # with a country's code
    r"|(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}"  # North America
    r"|(?<![0-9] )0[1-9][0-9]{1,4}[ /-][0-9]{3,8}(?:[ -][0-9]{2,4}){0,3}"  # with a zero dialled first
    r")(?![\w/-])"
)
_CARD = re.compile(r"(?<![\w.+-])[2-6](?:[ -]?[0-9]){12,18}(?![\w-])")
_IBAN = re.compile(r"(?<![\w-])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![a-z0-9-])")
_IPV4 = re.compile(r"(?<![\w.-])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w-]|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){3,7}[0-9A-Fa-f]{1,4}(?![\w:])")
_SOCIAL_SECURITY = re.compile(r"(?<![\w-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])")
_HANDLE = re.compile(r"(?<![\w@./+-])@[A-Za-z0-9_]{2,30}(?![\w@.])")

# First digits of the networks that issue payment cards, and how long their numbers are.
_ISSUERS = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|(?:5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}"
    r"|6(?:011|5[0-9]{2}|4[4-9][0-9])[0-9]{12}|35[0-9]{14}|62[0-9]{14,17}"
)
# Length of an account number by country (SWIFT's IBAN registry).
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC SM", 28: "AL AZ BY CY DO EG GT HU LB NI PL SV",
        29: "BR PS QA UA", 30: "JO KW MU", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
_PHONE_DIGITS = range(9, 16)
_LEAST_IPV6_GROUPS = 4


@dataclass(frozen=True)
class Kind:
    """One form of personal data: what it is called, a character that a text without it lacks, and how it is found."""

    name: str
    mark: re.Pattern[str]
    find: Callable[[str], Iterator[str]]


def personal_finding(split: str, texts: list[str]) -> Finding:
    """`data.personal.<split>`: how often each kind was found, and in how many rows; never what was found."""
    places = places_to_look_at(texts, MOST_CHARACTERS, "personal data")
    found, concerned = count_personal(texts[place] for place in places)
    method = "; ".join([METHOD, *looked_at_in_words(split, len(places), len(texts))])
    value = {"found": dict(found), "rows": concerned}
    return measured(f"data.personal.{split}", value, n=len(places), method=method, split=split)


def count_personal(texts: Iterable[str]) -> tuple[dict[str, int], int]:
    """Kind to how often it was found, zeros included; and the number of texts with any.

    >>> count_personal(["write to a.b@example.org", "nothing"])[0]["e-mail addresses"]
    1
    """
    counts = dict.fromkeys((kind.name for kind in KINDS), 0)
    concerned = 0
    for text in texts:
        read = text if text.isascii() else unicodedata.normalize("NFKC", text)
        found = 0
        for kind in KINDS:
            if kind.mark.search(read):
                number = sum(1 for _ in kind.find(read))
                counts[kind.name] += number
                found += number
        concerned += found > 0
    return counts, concerned


def _matches(pattern: re.Pattern[str]) -> Callable[[str], Iterator[str]]:
    return lambda text: (match.group() for match in pattern.finditer(text))


def _cards(text: str) -> Iterator[str]:
    for found in _matches(_CARD)(text):
        digits = re.sub(r"[ -]", "", found)
        if _ISSUERS.fullmatch(digits) and _passes_luhn(digits):
            yield digits


def _passes_luhn(digits: str) -> bool:
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(number - 9 * (number > 9) for number in doubled)) % 10 == 0


def _accounts(text: str) -> Iterator[str]:
    for found in _matches(_IBAN)(text):
        number = found.replace(" ", "")
        number = number[: _IBAN_LENGTHS.get(number[:2], 0)]
        if len(number) == _IBAN_LENGTHS.get(number[:2]) and _passes_mod_97(number):
            yield number


def _passes_mod_97(number: str) -> bool:
    return int("".join(str(int(character, 36)) for character in number[4:] + number[:4])) % 97 == 1


def _phones(text: str) -> Iterator[str]:
    taken = {match.span() for match in _SOCIAL_SECURITY.finditer(text)}
    for match in _PHONE.finditer(text):
        digits = re.sub(r"[^0-9]", "", match.group())
        is_card = _ISSUERS.fullmatch(digits) and _passes_luhn(digits)
        if len(digits.removeprefix("00")) in _PHONE_DIGITS and match.span() not in taken and not is_card:
            yield match.group()


def _machines(text: str) -> Iterator[str]:
    for found in (*_matches(_IPV4)(text), *_matches(_IPV6)(text)):
        try:
            address = ipaddress.ip_address(found)
        except ValueError:
            continue
        if address.version == 4 or sum(map(bool, found.split(":"))) >= _LEAST_IPV6_GROUPS:
            yield found


_DIGIT = re.compile("[0-9]")
_AT = re.compile("@")
KINDS = (
    Kind("e-mail addresses", _AT, _matches(_EMAIL)),
    Kind("phone numbers", _DIGIT, _phones),
    Kind("payment card numbers", _DIGIT, _cards),
    Kind("bank accounts (IBAN)", _DIGIT, _accounts),
    Kind("IP addresses", re.compile("[.:]"), _machines),
    Kind("US social security numbers", _DIGIT, _matches(_SOCIAL_SECURITY)),
    Kind("user names (@name)", _AT, _matches(_HANDLE)),
)
METHOD = (
    "patterns of the written form; card numbers by issuer and Luhn's check digit, IBAN by country, length and check "
    "digits (ISO 7064), IP addresses by their ranges; names, postal addresses and what a text tells are not looked for"
)
