"""Certification: what the chair decides about a council's results, and the certificates that follow from it."""
