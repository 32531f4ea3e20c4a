"""Runs the notification service: ``python -m services.notification``."""

from services.notification.main import SERVICE
from shared.service import main

if __name__ == "__main__":
    main(SERVICE)
