"""Words that say who people are, in families of groups: English, single words, each list with where it is published."""

from __future__ import annotations

from dataclasses import dataclass

Words = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Family:
    """Groups of people and the words that tell of them.

    Attributes:
        name: what the groups are told apart by.
        groups: group to its words; where `is_aligned`, words at the same place stand for each other.
        source: where the words are published.
        is_aligned: whether each word has its counterpart; if not, any word of a group may stand for any of another.
        is_name: whether the words are names, which are only read with a capital.
    """

    name: str
    groups: dict[str, Words]
    source: str
    is_aligned: bool = False
    is_name: bool = False


GENDER = Family(
    "gender of words",
    {
        "female": (
            "she", "herself", "her", "hers", "woman", "women", "girl", "girls", "mother", "mom", "daughter",
            "daughters", "sister", "sisters", "wife", "wives", "aunt", "niece", "grandmother", "queen", "actress",
            "lady", "ladies", "female", "females", "mrs",
        ),
        "male": (
            "he", "himself", "his", "his", "man", "men", "boy", "boys", "father", "dad", "son",
            "sons", "brother", "brothers", "husband", "husbands", "uncle", "nephew", "grandfather", "king", "actor",
            "gentleman", "gentlemen", "male", "males", "mr",
        ),
    },
    "word pairs after Zhao et al. 2018, Gender Bias in Coreference Resolution",
    is_aligned=True,
)  # fmt: skip
FIRST_NAMES = Family(
    "first names",
    {
        "African American women": (
            "Ebony", "Jasmine", "Lakisha", "Latisha", "Latoya", "Nichelle", "Shaniqua", "Shereen", "Tanisha", "Tia",
        ),
        "African American men": (
            "Alonzo", "Alphonse", "Darnell", "Jamel", "Jerome", "Lamar", "Leroy", "Malik", "Terrence", "Torrance",
        ),
        "European American women": (
            "Amanda", "Betsy", "Courtney", "Ellen", "Heather", "Katie", "Kristin", "Melanie", "Nancy", "Stephanie",
        ),
        "European American men": (
            "Adam", "Alan", "Andrew", "Frank", "Harry", "Jack", "Josh", "Justin", "Roger", "Ryan",
        ),
    },
    "Equity Evaluation Corpus, Kiritchenko and Mohammad 2018, table 3",
    is_name=True,
)  # fmt: skip
RELIGION = Family(
    "religion",
    {
        "Buddhist": ("buddhist", "buddhists"),
        "Christian": ("christian", "christians"),
        "Jewish": ("jewish", "jews"),
        "Muslim": ("muslim", "muslims"),
        "Sikh": ("sikh", "sikhs"),
    },
    "identity terms of Dixon et al. 2018, with their plurals",
    is_aligned=True,
)
ORIGIN = Family(
    "origin",
    {
        "American": ("american", "americans"),
        "Asian": ("asian", "asians"),
        "Canadian": ("canadian", "canadians"),
        "European": ("european", "europeans"),
        "Indian": ("indian", "indians"),
        "Mexican": ("mexican", "mexicans"),
    },
    "identity terms of Dixon et al. 2018, with their plurals",
    is_aligned=True,
)
ORIENTATION = Family(
    "sexual orientation",
    {
        "bisexual": ("bisexual", "bisexuals"),
        "gay": ("gay", "gays"),
        "heterosexual": ("heterosexual", "heterosexuals"),
        "homosexual": ("homosexual", "homosexuals"),
        "lesbian": ("lesbian", "lesbians"),
    },
    "identity terms of Dixon et al. 2018, with their plurals",
    is_aligned=True,
)
COUNTRIES = Family(
    "countries",
    {
        "Africa": ("Egypt", "Ethiopia", "Ghana", "Kenya", "Morocco", "Nigeria", "Tanzania", "Uganda"),
        "Asia": ("China", "India", "Indonesia", "Japan", "Malaysia", "Pakistan", "Thailand", "Vietnam"),
        "Europe": ("Belgium", "France", "Germany", "Italy", "Poland", "Portugal", "Spain", "Sweden"),
        "Latin America": ("Argentina", "Bolivia", "Brazil", "Chile", "Colombia", "Mexico", "Peru", "Uruguay"),
    },
    "United Nations M49, eight countries of one word in each region",
    is_name=True,
)
FAMILIES = (GENDER, FIRST_NAMES, RELIGION, ORIGIN, ORIENTATION, COUNTRIES)
