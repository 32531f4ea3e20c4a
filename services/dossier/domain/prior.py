"""What was recognised before this platform: certificates that no dossier here has led to."""

from datetime import date

from services.dossier.domain.dossier import may_speak
from services.dossier.domain.following import Certificate, undone, with_certificate
from services.dossier.domain.place import Places
from shared.document import Document


class PriorRecognition(Document):
    """A product's certificates without a dossier. Where they belong is known once their import was heard of."""

    product_id: str
    product_name: str
    owner_id: str
    commune: str | None = None
    product_set: str | None = None
    certificates: tuple[Certificate, ...] = ()

    @property
    def undone(self) -> bool:
        """Whether every certificate was revoked or annulled, so that the product begins anew."""
        return undone(self.certificates)


def prior_key(province: str, product_id: str) -> str:
    """There is one of them for a product."""
    return f"prior/{province}/{product_id}"


def prior_heard(held: PriorRecognition | None, said: PriorRecognition, places: Places, on: date) -> PriorRecognition:
    """``held`` with the certificate that ``said`` tells of, under the product's and the owner's latest names.

    An old certificate names a commune of its own time. It belongs to whoever came after that commune; where it was
    divided nobody knows to whom, until the agency says so. Raises ``SpeakerElsewhere``.
    """
    (heard,) = said.certificates
    may_speak(said.authority, heard.authority)
    certificates = said.certificates if held is None else with_certificate(held.certificates, heard)
    commune, product_set = said.commune, said.product_set
    if commune is not None:
        heirs = places.heirs(commune, heard.issued.decided_on if heard.issued else on, on)
        commune = heirs[0] if len(heirs) == 1 else commune
    elif held is not None:
        commune, product_set = held.commune, held.product_set
    return said.but(commune=commune, product_set=product_set, certificates=certificates)
