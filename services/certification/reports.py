"""Reports on certificates that come to their end: who filed again and who did not, and what expires soon."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Literal, NamedTuple

from services.certification.catalogue import Regulations
from services.certification.domain.certificate import Certificate, OwnerKind, Validity
from services.certification.domain.office import Bilingual
from services.certification.domain.recognition import Recognition
from shared.http import Told

Renewal = Literal["re_registered", "not_re_registered"]

OWNER_KINDS: Mapping[OwnerKind, Bilingual] = {
    "cooperative": Bilingual(vi="Hợp tác xã", en="Cooperative"),
    "cooperative_group": Bilingual(vi="Tổ hợp tác", en="Cooperative group"),
    "enterprise": Bilingual(vi="Doanh nghiệp", en="Enterprise"),
    "farm": Bilingual(vi="Trang trại", en="Farm"),
    "household": Bilingual(vi="Hộ kinh doanh", en="Household"),
    "association": Bilingual(vi="Hội", en="Association"),
    "centre": Bilingual(vi="Trung tâm", en="Centre"),
}
UNKNOWN = Bilingual(vi="Chưa rõ", en="Not known")


class Line(Told):
    """One certificate whose term ends in the time of the report."""

    number: str
    product: str
    owner_kind: OwnerKind | None
    commune: str
    sector: str | None
    stars: int
    valid_until: date
    validity: Validity
    renewal: Renewal
    ended_by_decision: bool
    """Whether it was revoked, or struck from the list when it had expired."""


class Counts(Told):
    """How many certificates came to their end: ``due`` is the sum of those filed again and those not."""

    due: int
    expired: int
    re_registered: int
    not_re_registered: int
    revoked: int
    ended_by_decision: int

    @classmethod
    def of_lines(cls, lines: Collection[Line]) -> "Counts":
        again = sum(line.renewal == "re_registered" for line in lines)
        return cls(
            due=len(lines),
            expired=sum(line.validity == "expired" for line in lines),
            re_registered=again,
            not_re_registered=len(lines) - again,
            revoked=sum(line.validity == "revoked" for line in lines),
            ended_by_decision=sum(line.ended_by_decision for line in lines),
        )


class Share(Counts):
    """The certificates of one star, sector, owner kind or commune; ``of`` is its code, empty when it is not known."""

    of: str
    name: Bilingual


class RenewalReport(Counts):
    """Certificates whose term ends from ``since`` to ``until``."""

    since: date
    until: date
    by_stars: list[Share]
    by_sector: list[Share]
    by_owner_kind: list[Share]
    by_commune: list[Share]
    lines: list[Line]


class Group(NamedTuple):
    """What some lines have in common."""

    of: str
    name: Bilingual


class Gathering:
    """Gathers the lines of a report, recognition by recognition."""

    def __init__(self, since: date, until: date, today: date, regulations: Regulations) -> None:
        self._since, self._until, self._today, self._regulations = since, until, today, regulations
        self._lines: list[Line] = []

    def take(self, recognition: Recognition) -> None:
        for certificate in recognition.certificates:
            if self._since <= certificate.valid_until <= self._until and certificate.annulled is None:
                self._lines.append(self._line(recognition, certificate))

    def _line(self, recognition: Recognition, certificate: Certificate) -> Line:
        subject = certificate.subject
        return Line(
            number=certificate.number,
            product=subject.product.name,
            owner_kind=subject.owner_kind,
            commune=subject.commune,
            sector=self._regulations.sectors.get(subject.product_set),
            stars=certificate.stars,
            valid_until=certificate.valid_until,
            validity=certificate.on(self._today),
            renewal="re_registered" if _filed_again(recognition, certificate) else "not_re_registered",
            ended_by_decision=certificate.revoked is not None or certificate.removed is not None,
        )

    def report(self) -> RenewalReport:
        lines = sorted(self._lines, key=lambda line: (line.valid_until, line.number))
        return RenewalReport(
            **Counts.of_lines(lines).model_dump(),
            since=self._since,
            until=self._until,
            by_stars=_shares(lines, _stars),
            by_sector=_shares(lines, self._sector),
            by_owner_kind=_shares(lines, _owner_kind),
            by_commune=_shares(lines, self._commune),
            lines=lines,
        )

    def _sector(self, line: Line) -> Group:
        return Group(line.sector or "", self._regulations.sector_names[line.sector] if line.sector else UNKNOWN)

    def _commune(self, line: Line) -> Group:
        return Group(line.commune, self._regulations.places.commune(line.commune))


def _stars(line: Line) -> Group:
    return Group(str(line.stars), Bilingual(vi=f"{line.stars} sao", en=f"{line.stars} stars"))


def _owner_kind(line: Line) -> Group:
    return Group(line.owner_kind or "", OWNER_KINDS[line.owner_kind] if line.owner_kind else UNKNOWN)


def _filed_again(recognition: Recognition, certificate: Certificate) -> bool:
    """Whether a re-evaluation or an upgrade of the product has been filed since this certificate."""
    results = (
        one.scored_on > certificate.decided_on and one.subject.case_kind != "first" for one in recognition.results
    )
    return recognition.filed is not None or certificate.replaced is not None or any(results)


def _shares(lines: Iterable[Line], group: Callable[[Line], Group]) -> list[Share]:
    groups: dict[str, tuple[Bilingual, list[Line]]] = {}
    for line in lines:
        of, name = group(line)
        groups.setdefault(of, (name, []))[1].append(line)
    return [
        Share(**Counts.of_lines(mine).model_dump(), of=of, name=name) for of, (name, mine) in sorted(groups.items())
    ]


def days_ahead(today: date, days: int) -> tuple[date, date]:
    """From today to the last day of a report on what expires within ``days``."""
    return today, today + timedelta(days=days)
