"""Chaos: the whole system under load while its processes are killed, and the proof that nothing was lost or doubled."""
