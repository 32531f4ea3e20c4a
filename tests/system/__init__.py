"""The whole system as real processes: what it does when parts of it fail, lie or are spoken to badly."""
