"""Personal data by its form: what counts, what must not, and how long a hostile text may take."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tunecard.data import DataPlan, load_dataset
from tunecard.data.quality import personal as personal_module
from tunecard.data.quality.personal import count_personal, personal_finding
from tunecard.data.statistics import texts_of

EMAIL, PHONE, CARD, IBAN, IP, SSN, HANDLE = count_personal([])[0]
FORMS = [
    ("write to jane.doe+x@mail.example.co.uk now", EMAIL),
    ("(jane@example.org)", EMAIL),
    ("call +49 30 901820 55", PHONE),
    ("call +1 (415) 555-2671.", PHONE),
    ("call (415) 555-2671", PHONE),
    ("call 415-555-2671, please", PHONE),
    ("ring 0171 4567890", PHONE),
    ("0049 30 90182055", PHONE),
    ("card 4111 1111 1111 1111 please", CARD),
    ("5500-0000-0000-0004", CARD),
    ("378282246310005", CARD),
    ("IBAN DE89 3704 0044 0532 0130 00", IBAN),
    ("GB82WEST12345698765432 and", IBAN),
    ("FR14 2004 1010 0505 0001 3M02 606.", IBAN),
    ("from 192.168.0.1 today", IP),
    ("at 2001:0db8:85a3:0000:0000:8a2e:0370:7334", IP),
    ("my number is 123-45-6789", SSN),
    ("thanks @some_body !", HANDLE),
    ("\uff4a\uff41\uff4e\uff45\uff20example.org", EMAIL),  # full-width letters
]
HARMLESS = [
    "a@b", "@", "user@localhost", "IL-2 @ 37 C",
    "4111 1111 1111 1112",  # Luhn's check digit is wrong
    "1234567812345670",  # passes Luhn, no issuer
    "DE89 3704 0044 0532 0130 01",  # check digits are wrong
    "US64SVBKUS6S3300958879",  # passes mod 97, no country with such accounts
    "256.1.1.1", "1.2.3", "1.2.3.4.5", "10:15:30", "std::vector::iterator", "a:b:c:d", "::",
    "000-12-3456", "900-12-3456", "123-00-4567", "2020-11-25", "25-11-2020",
    "in 1998 and 2004, p. 123-456", "p < 0.05", "NF-kappa B (p50/p65)", "12,345,678", "0.123456789",
    "IL-2 at 10 000 000 units", "room 0123", "3-5 times 100 200 300", "ISBN 978-3-16-148410-0",
    "e@e.e.", "@@@", "mail @home",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), FORMS)
def test_each_form_is_counted_once_and_as_nothing_else(text: str, kind: str) -> None:
    counts, rows = count_personal([text])
    assert {name: number for name, number in counts.items() if number} == {kind: 1}
    assert rows == 1


@pytest.mark.parametrize("text", HARMLESS[:-1])
def test_what_only_looks_like_it_is_not_counted(text: str) -> None:
    assert sum(count_personal([text])[0].values()) == 0


def test_counts_and_rows() -> None:
    counts, rows = count_personal(["a@b.org c@d.org", "nothing", "a@b.org 10.0.0.1"])
    assert (counts[EMAIL], counts[IP], rows) == (3, 1, 2)


def test_the_finding_holds_no_text() -> None:
    text = "jane.roe@example.org pays with 4111111111111111"
    record = json.dumps(personal_finding("train", [text]).model_dump(mode="json"))
    assert "jane" not in record
    assert "4111" not in record
    assert json.loads(record)["value"] == {
        "found": dict.fromkeys(count_personal([])[0], 0) | {EMAIL: 1, CARD: 1},
        "rows": 1,
    }


@pytest.mark.parametrize(
    "piece",
    ["a.", "a@", "@a", "a@a.", "1", "1 ", "1-", "+1", "+1 ", "0(", "(1)", "4111 ", "DE89", "DE89 ", "A1", "1.", "1.1.", ":",
     "a:", "f:f:", "-", " ", "0 1/", "%"],
)  # fmt: skip
def test_no_text_takes_more_than_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    began = time.process_time()
    count_personal([text])
    assert time.process_time() - began < 3


def test_a_large_split_is_looked_at_in_a_sample_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_module, "MOST_CHARACTERS", 200)
    finding = personal_finding("train", ["twelve chars"] * 100)
    assert finding.n == 16
    assert "a seeded sample of 16 of the 100 rows of train was looked at" in (finding.method or "")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bionlp2004", {"IP addresses": 1}),
        ("banking77", {}),
        ("wnut17", {"phone numbers": 4, "user names (@name)": 1959}),
    ],
)
def test_false_alarms_on_real_data(shared_data: Path, name: str, expected: dict[str, int]) -> None:
    """bionlp2004 names an enzyme 6.3.1.2, which has the form of an address; the tweets hold phone numbers."""
    splits = load_dataset(DataPlan(name, base_folder=shared_data)).splits.values()
    counts, _ = count_personal(text for split in splits for text in texts_of(split))
    assert {kind: number for kind, number in counts.items() if number} == expected
