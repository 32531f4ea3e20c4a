"""What scoring keeps: councils, sessions and evaluations, and sheets and rule sets addressed by content."""

from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel

from services.scoring.catalogue import Catalogue
from services.scoring.domain.council import Council
from services.scoring.domain.draft import Draft
from services.scoring.domain.evaluation import Evaluation
from services.scoring.domain.rule_set import RuleSet
from services.scoring.domain.session import Session
from services.scoring.domain.sheet import Sheet
from services.scoring.domain.way_back import Returned
from shared.collection import Collection
from shared.document import CENTRE, Document
from shared.store import Store


class Evaluations(Store[Evaluation]):
    model = Evaluation
    indexes = (("authority", "state", "_id"), ("authority", "_id"), ("authority", "state", "basis.rate_by"))


class Councils(Store[Council]):
    model = Council


class Sessions(Store[Session]):
    model = Session


class ReturnedDossiers(Store[Returned]):
    model = Returned
    indexes = (("authority", "_id"),)


class Drafts(Store[Draft]):
    model = Draft


class FrozenText(Document):
    """A text as it stood when it was first used; its id ends in its SHA-256."""

    text: str


class FrozenSheet(FrozenText):
    """A sheet."""


class FrozenRuleSet(FrozenText):
    """A rule set."""


F = TypeVar("F", bound=FrozenText)
M = TypeVar("M", bound=BaseModel)


class Texts(Store[F], Generic[F, M]):
    """Texts on file under their hash. None ever changes there, so each is read once."""

    reads: type[M]
    """What a text says."""
    folder: ClassVar[str]
    """How the ids of these texts begin."""

    def __init__(self, collection: Collection) -> None:
        super().__init__(collection)
        self._known: dict[str, M] = {}

    async def under(self, hash: str) -> M:
        """What the text with this hash says. Raises ``NotFound``."""
        if hash not in self._known:
            self._known[hash] = self.reads.model_validate_json(await self.text(hash))
        return self._known[hash]

    async def text(self, hash: str) -> str:
        """The text on file under this hash, as it is now. Raises ``NotFound``."""
        return (await self.get(f"{self.folder}/{hash}")).text

    async def freeze(self, hash: str, text: str) -> None:
        """Put a text on file under its hash; one that is there already stays as it is."""
        await self.add(self.model(id=f"{self.folder}/{hash}", authority=CENTRE, text=text))


class Sheets(Texts[FrozenSheet, Sheet]):
    model = FrozenSheet
    reads = Sheet
    folder = "sheet"


class RuleSets(Texts[FrozenRuleSet, RuleSet]):
    model = FrozenRuleSet
    reads = RuleSet
    folder = "rule-set"


async def freeze(catalogue: Catalogue, sheets: Sheets, rule_sets: RuleSets) -> None:
    """Put everything of the catalogue on file under its hash."""
    for book in catalogue.books.values():
        await rule_sets.freeze(book.rules.hash, book.rules.text)
        for kept in book.sheets.values():
            await sheets.freeze(kept.hash, kept.text)
