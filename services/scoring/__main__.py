"""``python -m services.scoring [--role api|worker]``."""

import sys

from shared.service import main

from services.scoring.catalogue import BrokenCatalogue
from services.scoring.main import SERVICE

if __name__ == "__main__":
    try:
        main(SERVICE)
    except BrokenCatalogue as broken:
        sys.exit(f"scoring does not start: {broken}")
