"""From when on a measured weakness is worth a sentence among the limits: every threshold, in one place."""

LEAST_DROP = 0.05  # of the headline score under a change that keeps the label; and distinguishable, corrected
LEAST_FAILURE_RATE = 0.2  # of the tests of a capability, at the low end of the interval
