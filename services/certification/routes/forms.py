"""What bodies and answers of certification are made of."""

from typing import Annotated

from pydantic import StringConstraints

from shared.errors import Refusal

DECISION = r"^[1-9][0-9]{0,5}[a-z]?$"
CERTIFICATE = r"^[0-9]{2}-[0-9]{4}-[1-9][0-9]{0,5}[a-z]?-[0-9]{3}$"

EvaluationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
HISTORIC = r"^[0-9]{2}-H[0-9]{4}-[0-9A-ZĐ][0-9A-ZĐ.-]{0,49}$"
"""The number of a certificate that was taken over from before."""
CertificateNumber = Annotated[str, StringConstraints(pattern=f"{CERTIFICATE}|{HISTORIC}")]


class NotYet(Refusal):
    status = 422
    vi = "Ngày {on} ở sau hôm nay ({today}), hoặc giấy chứng nhận không còn hiệu lực. Hãy kiểm tra lại."
    en = "The day {on} lies after today ({today}), or the certificate is no longer valid. Check both."
