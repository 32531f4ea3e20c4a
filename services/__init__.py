"""The four services: dossier, scoring, certification, notification. They meet only in events."""
