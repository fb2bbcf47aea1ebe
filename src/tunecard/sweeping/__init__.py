"""Several settings of one recipe trained and compared on validation; the test split is never looked at.

This room must not know what a setting means.
"""

from tunecard.sweeping.grid import Setting, read_over, settings_of
from tunecard.sweeping.path import sweep
from tunecard.sweeping.swept import Left, Sweep, Trial, Tried

__all__ = ["Left", "Setting", "Sweep", "Trial", "Tried", "read_over", "settings_of", "sweep"]
