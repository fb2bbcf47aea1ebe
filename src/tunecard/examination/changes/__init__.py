"""Ways of writing a row otherwise that leave its label as it is, one a file."""

from tunecard.examination.changes.change import About, Change, Name, Row, Swap
from tunecard.examination.changes.contractions import CONTRACTIONS
from tunecard.examination.changes.draw import Draw
from tunecard.examination.changes.less_punctuation import LESS_PUNCTUATION
from tunecard.examination.changes.look_alike_letters import LOOK_ALIKE_LETTERS
from tunecard.examination.changes.lower_case import LOWER_CASE
from tunecard.examination.changes.more_punctuation import MORE_PUNCTUATION
from tunecard.examination.changes.names import OtherNames, names_by_type
from tunecard.examination.changes.numbers import OTHER_NUMBERS
from tunecard.examination.changes.politeness import POLITENESS
from tunecard.examination.changes.spaces import SPACES
from tunecard.examination.changes.typing_errors import TYPING_ERRORS
from tunecard.examination.changes.upper_case import UPPER_CASE

# What few rows have comes first: passes that it leaves over go to the others.
CHANGES: tuple[Change, ...] = (
    CONTRACTIONS,
    OTHER_NUMBERS,
    OtherNames(),
    TYPING_ERRORS,
    LOWER_CASE,
    UPPER_CASE,
    LESS_PUNCTUATION,
    MORE_PUNCTUATION,
    SPACES,
    LOOK_ALIKE_LETTERS,
    POLITENESS,
)

__all__ = ["CHANGES", "About", "Change", "Draw", "Name", "Row", "Swap", "names_by_type"]
