"""The factor that tells which scored rows are also in training, equal or nearly so, and its values."""

FACTOR = "overlap"
FOUND, NOT_FOUND, UNKNOWN = "found in train", "not found in train", "not looked at"
