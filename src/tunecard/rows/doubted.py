"""The factor of a probe's answers that tells which scored rows have a label it doubts, and its values."""

FACTOR = "doubted label"
DOUBTED, KEPT, UNJUDGED = "doubted", "kept", "not judged"
