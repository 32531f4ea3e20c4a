"""Writes the contracts from the services' own models, and finds what does not fit together."""
