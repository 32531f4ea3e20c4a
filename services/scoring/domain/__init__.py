"""The rules of scoring: sheets, marks, rule sets, stars and the life of an evaluation."""
