"""Notification: turns what happened into messages to the people it concerns, each sent once."""
