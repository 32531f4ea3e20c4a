"""What scoring keeps: councils, sessions and evaluations, and sheets and rule sets addressed by content."""

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


class FrozenSheet(Document):
    """A sheet as it stood when it was first used; its id is the SHA-256 of ``text``."""

    text: str


class FrozenRuleSet(Document):
    """A rule set as it stood when it was first used; its id is the SHA-256 of ``text``."""

    text: str


class Sheets(Store[FrozenSheet]):
    """The sheets on file. A sheet never changes under its hash, so each is read once."""

    model = FrozenSheet

    def __init__(self, collection: Collection) -> None:
        super().__init__(collection)
        self._known: dict[str, Sheet] = {}

    async def sheet(self, hash: str) -> Sheet:
        """The sheet with this hash. Raises ``NotFound``."""
        if hash not in self._known:
            self._known[hash] = Sheet.model_validate_json(await self.text(hash))
        return self._known[hash]

    async def text(self, hash: str) -> str:
        """The text on file under this hash, as it is now. Raises ``NotFound``."""
        return (await self.get(_sheet_id(hash))).text


class RuleSets(Store[FrozenRuleSet]):
    """The rule sets on file, each read once."""

    model = FrozenRuleSet

    def __init__(self, collection: Collection) -> None:
        super().__init__(collection)
        self._known: dict[str, RuleSet] = {}

    async def rule_set(self, hash: str) -> RuleSet:
        """The rule set with this hash. Raises ``NotFound``."""
        if hash not in self._known:
            self._known[hash] = RuleSet.model_validate_json(await self.text(hash))
        return self._known[hash]

    async def text(self, hash: str) -> str:
        """The text on file under this hash, as it is now. Raises ``NotFound``."""
        return (await self.get(_rule_set_id(hash))).text


async def freeze(catalogue: Catalogue, sheets: Sheets, rule_sets: RuleSets) -> None:
    """Put everything of the catalogue on file under its hash; what is there already stays as it is."""
    for book in catalogue.books.values():
        await rule_sets.add(FrozenRuleSet(id=_rule_set_id(book.rules.hash), authority=CENTRE, text=book.rules.text))
        for kept in book.sheets.values():
            await sheets.add(FrozenSheet(id=_sheet_id(kept.hash), authority=CENTRE, text=kept.text))


def _sheet_id(hash: str) -> str:
    return f"sheet/{hash}"


def _rule_set_id(hash: str) -> str:
    return f"rule-set/{hash}"
