"""``python -m services.dossier [--role api|worker]``."""

from services.dossier.main import SERVICE
from shared.service import main

main(SERVICE)
