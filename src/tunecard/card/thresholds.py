"""From when on a measured weakness is worth a sentence among the limits: every threshold, in one place."""

LEAST_DROP = 0.05  # of the headline score under a change that keeps the label; and distinguishable, corrected
TOLD_APART = 0.6  # lower end of the area under the ROC curve by which learned rows are told from others; 0.5 is chance
PASSES_AS_USUAL = 0.5  # share of meaningless rows that a threshold lets through which 95 % of the real rows pass
LEAST_GAP = 0.05  # of the headline score between two groups of people; and distinguishable, corrected
MOST_BY_CHANCE = 0.05  # p value, adjusted for all that a card tests, from which on chance explains what was found
LEAST_FLIP_RATE = 0.05  # of the rows, and more than chance makes of it, when they speak of another group of people
ELSEWHERE = 0.6  # lower end of the area by which scored rows are told from training rows; and distinguishable
LEAST_FAILURE_RATE = 0.2  # of the tests of a capability, at the low end of the interval
LEAST_OF_READING = 0.02  # of the score, between two ways of reading the same rows; and distinguishable
SURE_WHEN_WRONG = (
    0.5  # share of the mistakes that are stated with a probability above 0.9, at the low end of the interval
)
NOT_CONVERGED = 0.25  # of the rows whose attributions fail to add up to their answer's score
