"""What bodies and answers of certification are made of."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.errors import Flaw, Refusal
from shared.http import Asked
from shared.problems import RequestInvalid
from shared.text import Text

DECISION = r"^[1-9][0-9]{0,5}[a-z]?$"
CERTIFICATE = r"^[0-9]{2}-[0-9]{4}-[1-9][0-9]{0,5}[a-z]?-[0-9]{3}$"

EvaluationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
HISTORIC = r"^[0-9]{2}-H[0-9]{4}-[0-9A-ZĐ][0-9A-ZĐ.-]{0,49}$"
"""The number of a certificate that was taken over from before."""
CertificateNumber = Annotated[str, StringConstraints(pattern=f"{CERTIFICATE}|{HISTORIC}")]
LegalNumber = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}[a-z]?(/QĐ-[A-ZĐ]{2,10})?$", examples=["123/QĐ-UBND"])]
"""A decision's number, with or without its symbol: `123` or `123/QĐ-UBND`."""


class SignerGiven(Asked):
    """The office holder who signed."""

    name: Annotated[str, Text(120)]
    position: Annotated[str, Text(200)]


class NotYet(Refusal):
    status = 422
    vi = "Ngày {on} ở sau hôm nay ({today}), hoặc giấy chứng nhận không còn hiệu lực. Hãy kiểm tra lại."
    en = "The day {on} lies after today ({today}), or the certificate is no longer valid. Check both."


def legal_number(given: str, ours: str) -> tuple[str, str]:
    """The number alone and with its symbol. Raises ``RequestInvalid`` for a symbol that is another issuer's."""
    number, _, symbol = given.partition("/")
    if symbol and symbol != ours:
        flaw = Flaw("/number", f"Ký hiệu của cơ quan này là {ours}.", f"The symbol of this authority is {ours}.")
        raise RequestInvalid(flaw, count=1)
    return number, f"{number}/{ours}"
