"""Other awards beside the star certificate, for example for typical products of specially difficult areas."""

from datetime import date

from shared.document import Document


class Award(Document):
    """A title a product or an owner was given, by whom and by which document; it carries no stars and no term."""

    title: str
    issuer: str
    document: str
    awarded_on: date
    product_id: str | None
    owner_id: str | None
