"""Measurements: the same work by our plumbing, by the frameworks' defaults, and by hand without any safety."""
