"""Opening the cases an inspection proposes, from wherever a crash has left it."""

from services.certification.domain.inspection import Inspection, followed_up
from services.certification.domain.revocation_case import Evidence, RevocationCase
from services.certification.store import Inspections, RevocationCases
from services.certification.timers import watched


async def follow_up(id: str, inspections: Inspections, cases: RevocationCases) -> Inspection:
    """The inspection with a case for every certificate it proposes to revoke; each is opened once."""
    inspection = await inspections.get(id)
    if inspection.due is None or inspection.conclusion is None:
        return inspection
    for product, finding in inspection.to_revoke():
        assert finding.ground is not None
        case = RevocationCase(
            id=f"case-{id.removeprefix('inspection-')}-{product.certificate}",
            authority=inspection.authority,
            origin="inspection",
            certificate=product.certificate,
            commune=product.commune,
            ground=finding.ground,
            evidence=(Evidence(title=inspection.conclusion.text[:200], sha256=None),),
            since=inspection.conclusion.on,
        )
        await cases.add(watched(case))
    return (await inspections.change(id, lambda held: (followed_up(held), ()))).document
