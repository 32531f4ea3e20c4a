"""The integrity view: who is strict, who is erratic, which sheets lie apart, which criteria are in dispute."""

from datetime import UTC, date, datetime

from services.scoring.domain.evaluation import Basis, Case, Evaluation, HandedIn, Product
from services.scoring.domain.integrity import Disputed, Rated, integrity
from services.scoring.domain.marks import Ticks, tick, total
from tests.services.scoring.builders import best, sheet, with_total

RICE = sheet("rice-grains")
NOON = datetime(2026, 11, 21, 5, tzinfo=UTC)


def rated(id: str, **ticked: Ticks) -> Rated:
    """A product of rice with a sheet of each member."""
    sheets = [(member, tick(RICE, ticks)) for member, ticks in ticked.items()]
    evaluation = Evaluation(
        id=id,
        authority="37",
        dossier_id=id,
        attempt=1,
        submitted_by="37",
        owner_id="owner-1",
        commune="14371",
        case=Case(
            product=Product(id=id, name=f"Gạo {id}"),
            product_set="rice-grains",
            case_kind="first",
            manifest_version=1,
            manifest_hash="a" * 64,
            received_on=date(2026, 9, 1),
        ),
        basis=Basis(rule_set="26-2026", rule_set_hash="b" * 64, sheet_hash="c" * 64),
        sheets=tuple(
            HandedIn(member=member, marks=marks, total=total(RICE, marks), at=NOON) for member, marks in sheets
        ),
    )
    return Rated(evaluation, RICE)


def points(points: int) -> Ticks:
    return with_total(RICE, points)


def test_severity_is_against_the_others_and_the_strictest_stands_first() -> None:
    view = integrity([rated("a", mild=points(90), even=points(84), strict=points(78))], 10)

    assert [(one.member, one.severity) for one in view.members] == [
        ("strict", "-9.00"),
        ("even", "+0.00"),
        ("mild", "+9.00"),
    ]
    assert (view.evaluations, view.sheets) == (1, 3)


def test_spread_tells_the_erratic_from_the_even() -> None:
    view = integrity(
        [
            rated("a", erratic=points(90), strict=points(76), third=points(80)),
            rated("b", erratic=points(70), strict=points(76), third=points(80)),
        ],
        10,
    )

    spread = {one.member: float(one.spread) for one in view.members}
    assert spread["erratic"] == 10.0
    assert spread["strict"] < spread["erratic"]


def test_only_sheets_far_from_the_others_are_outliers() -> None:
    view = integrity([rated("a", one=points(80), two=points(82), three=points(60))], 15)

    (outlier,) = view.outliers
    assert (outlier.member, outlier.product, outlier.total) == ("three", "Gạo a", 60)
    assert (outlier.others_mean, outlier.deviation) == ("81.00", "-21.00")


def test_the_criteria_in_which_sheets_lie_apart_are_ranked() -> None:
    view = integrity([rated("a", one=best(RICE), two=best(RICE, **{"2.2": None, "1.3": "machine-prep-packing"}))], 10)

    assert view.disputed == (
        Disputed(product_set="rice-grains", criterion="2.2", products=1, disagreement="100.0"),
        Disputed(product_set="rice-grains", criterion="1.3", products=1, disagreement="33.3"),
    )


def test_a_criterion_put_to_one_member_only_is_not_in_dispute() -> None:
    without = {key: option for key, option in best(RICE, **{"5.1": "story-none"}).items() if key != "5.2"}

    view = integrity([rated("a", one=best(RICE), two=without)], 10)

    assert [one.criterion for one in view.disputed] == ["5.1"]


def test_one_sheet_alone_or_none_says_nothing_of_anybody() -> None:
    assert integrity([rated("a", alone=points(80))], 10).members == ()
    assert integrity([], 10).members == ()
