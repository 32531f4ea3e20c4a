"""Every error a service raises on purpose, and whose fault each is.

OcopError
├── Refusal               the asker's: a rule says no          HTTP 4xx    an event is parked
│   ├── NotFound          no such thing within the asker's reach     404
│   ├── Forbidden         the asker may not do this                  403
│   └── KeyReused         one Idempotency-Key, two bodies            422
├── Malformed             the message's: it cannot be read                 an event is parked
└── Unavailable           the world's: try again               HTTP 503    nothing is committed
    ├── OutboxFull        events wait because Kafka does not take them
    └── OutcomeUnknown    a write was sent and its answer never came
"""

from typing import ClassVar, Literal, NamedTuple

Language = Literal["vi", "en"]


class OcopError(Exception):
    """The root of every error that is raised on purpose."""


class Flaw(NamedTuple):
    """One thing wrong with what was asked: where it stands (a JSON pointer) and a sentence in each language."""

    pointer: str
    vi: str
    en: str


class Refusal(OcopError):
    """A rule says no. Subclasses are named for the fact (``DossierIncomplete``).

    ``vi`` and ``en`` are sentences for a person: what is wrong and what to do next. They are formatted with
    ``facts``. ``flaws`` names each single thing to mend, when there are several.
    """

    status: ClassVar[int] = 409
    vi: ClassVar[str]
    en: ClassVar[str]

    def __init__(self, *flaws: Flaw, **facts: object) -> None:
        self.flaws = flaws
        self.facts = facts
        super().__init__(self.sentence("en"))

    def sentence(self, language: Language) -> str:
        """The refusal as a sentence in ``language``, without its flaws."""
        return (self.vi if language == "vi" else self.en).format(**self.facts)

    def flaw(self, pointer: str) -> Flaw:
        """The refusal as one of the flaws of something larger."""
        return Flaw(pointer, self.sentence("vi"), self.sentence("en"))


class NotFound(Refusal):
    status = 404
    vi = "Không tìm thấy {what}. Hãy kiểm tra lại mã và phạm vi được giao."
    en = "{what} was not found. Check the identifier and the scope of your appointment."


class Forbidden(Refusal):
    status = 403
    vi = "Vai trò «{role}» không được làm việc này. Hãy dùng một phân công khác."
    en = "The role “{role}” may not do this. Use another appointment."


class KeyReused(Refusal):
    status = 422
    vi = "Idempotency-Key này đã dùng cho một yêu cầu khác. Hãy gửi khóa mới."
    en = "This Idempotency-Key was used for another request. Send a new key."


class Malformed(OcopError):
    """A message that cannot be read: its headers, its body or its place are not what the contract says."""


class Unavailable(OcopError):
    """The world's fault: MongoDB or Kafka is away. The same request may be sent again."""

    retry_after = 2
    """Seconds after which trying again makes sense."""


class OutboxFull(Unavailable):
    """The document's events wait for Kafka; no further one is accepted until they are sent."""


class OutcomeUnknown(Unavailable):
    """A write was sent and never answered; the same Idempotency-Key repeats it safely."""
