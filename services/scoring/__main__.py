"""``python -m services.scoring [--role api|worker]``."""

import sys

from services.scoring.catalogue import BrokenCatalogue
from services.scoring.main import SERVICE
from shared.service import main

if __name__ == "__main__":
    try:
        main(SERVICE)
    except BrokenCatalogue as broken:
        sys.exit(f"scoring does not start: {broken}")
