"""The figures of one authority: its results by state and outcome, and its certificates as they are today."""

from collections import Counter
from datetime import date

from services.certification.domain.certificate import Validity
from services.certification.domain.recognition import Outcome, Recognition, ResultState
from services.certification.domain.rule_set import CaseKind
from shared.http import Told


class Counted(Told):
    """How many announced results are alike."""

    case_kind: CaseKind
    outcome: Outcome
    stars: int
    count: int


class CertificateCounts(Told):
    """Certificates by their validity today; of all ever issued, those handed over and those of each star."""

    issued: int
    valid: int
    extended: int
    expired: int
    replaced: int
    revoked: int
    annulled: int
    handed_over: int
    by_stars: dict[int, int]


class Summary(Told):
    """What has come of the councils' results.

    The stars of a product that was not recognised are those of the council's result.
    """

    on: date
    results: dict[ResultState, int]
    announced: list[Counted]
    certificates: CertificateCounts


class Tally:
    """Counts recognitions one by one, for the day ``today``."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._results: Counter[ResultState] = Counter({"waiting": 0, "reserved": 0, "withdrawn": 0, "announced": 0})
        self._announced: Counter[tuple[CaseKind, Outcome, int]] = Counter()
        self._validity: Counter[Validity] = Counter()
        self._stars: Counter[int] = Counter()
        self._handed_over = 0

    def count(self, recognition: Recognition) -> None:
        for result in recognition.results:
            self._results[result.state] += 1
            if (said := result.announced) is not None:
                self._announced[result.subject.case_kind, said.outcome, said.stars or result.stars] += 1
        for certificate in recognition.certificates:
            self._validity[certificate.on(self._today)] += 1
            self._stars[certificate.stars] += 1
            self._handed_over += certificate.handed_over is not None

    def summary(self) -> Summary:
        return Summary(
            on=self._today,
            results=dict(self._results),
            announced=[
                Counted(case_kind=kind, outcome=outcome, stars=stars, count=count)
                for (kind, outcome, stars), count in sorted(self._announced.items())
            ],
            certificates=CertificateCounts(
                issued=self._stars.total(),
                valid=self._validity["valid"],
                extended=self._validity["extended"],
                expired=self._validity["expired"],
                replaced=self._validity["replaced"],
                revoked=self._validity["revoked"],
                annulled=self._validity["annulled"],
                handed_over=self._handed_over,
                by_stars=dict(sorted(self._stars.items())),
            ),
        )
