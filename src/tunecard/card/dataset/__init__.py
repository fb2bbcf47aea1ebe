"""The data set of a run in two forms: DATASET_CARD.md for people, croissant.json for machines."""
