"""What an announcement says, fact by fact."""

from services.certification.domain.announcement import Announced
from services.certification.domain.certificate import Certificate
from services.certification.events.certificates import CertificateExpired, CertificateIssued, CertificateReplaced
from services.certification.events.results import ResultAnnounced, ResultForwarded, ResultLeftOut
from shared.document import Fact


def told_by(outcome: Announced) -> list[Fact]:
    """What an announcement says, in order: the result, what ends by it, what begins."""
    facts: list[Fact] = []
    if (result := outcome.result) is not None:
        if result.announced is not None:
            facts.append(ResultAnnounced.of(result))
        elif result.left_out is not None and outcome.left_out:
            facts.append(ResultLeftOut.of(result))
        else:
            facts.append(ResultForwarded.of(result))
    issued = outcome.issued
    before = [each for each in outcome.ended if issued is None or each.number != issued.number]
    facts += [end_of(each) for each in before]
    if issued is not None:
        facts.append(CertificateIssued.of(issued))
        facts += [end_of(each) for each in outcome.ended if each.number == issued.number]
    return facts


def end_of(certificate: Certificate) -> Fact:
    """What is said of a certificate whose place another took, or whose end had not been told."""
    if certificate.replaced is not None:
        return CertificateReplaced.of(certificate)
    return CertificateExpired.of(certificate)
