"""Scoring: a council rates a product on the sheet of its set, and the stars follow from the rules."""
