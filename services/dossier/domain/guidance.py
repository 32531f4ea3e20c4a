"""A province's own guidance to the criteria of a product set."""

from collections.abc import Mapping

from shared.document import Document


class Guidance(Document):
    """What one province says beside the criteria of one set, by criterion."""

    product_set: str
    texts: Mapping[str, str] = {}


def guidance_key(authority: str, product_set: str) -> str:
    return f"guidance/{authority}/{product_set}"


def guided(held: Guidance | None, authority: str, product_set: str, criterion: str, text: str | None) -> Guidance:
    """The guidance with the text of one criterion in the place of its own; without a text, without it."""
    before = held or Guidance(id=guidance_key(authority, product_set), authority=authority, product_set=product_set)
    others = {key: said for key, said in before.texts.items() if key != criterion}
    return before.but(texts=others if text is None else {**others, criterion: text})
