"""The sections of the card, one idea a file: each answers some of the template's variables from findings alone."""
