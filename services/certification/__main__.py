"""``python -m services.certification [--role api|worker]``."""

import sys

from services.certification.catalogue import BrokenRegulation
from services.certification.main import SERVICE
from shared.service import main

if __name__ == "__main__":
    try:
        main(SERVICE)
    except BrokenRegulation as broken:
        sys.exit(f"certification does not start: {broken}")
