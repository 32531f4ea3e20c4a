"""What each machine-readable rule does: five let the council conclude, two say how to answer, one informs."""

import pytest

from services.scoring.domain.conclusions import GROUNDS, NoSuchGround, Owed, conclude, conclusions_owed
from services.scoring.domain.marks import tick, total
from services.scoring.domain.sheet import Sheet
from tests.services.scoring.builders import all_sheets, best, sheet


@pytest.mark.parametrize(
    ("product_set", "criterion", "rule", "ground"),
    [
        ("rice-grains", None, "forged-file", "disqualified"),
        ("rice-grains", None, "food-safety-papers-lacking", "disqualified"),
        ("rice-grains", "1.1", "all-grown-in-province", "requirement_not_met"),
        ("rice-grains", "2.1", "common-staple-not-rated", "not_eligible"),
        ("rice-grains", "6.1", "stop-impurities-wood-plastic", "scoring_stopped"),
        ("tea", "1.1", "foreign-material-excluded", "disqualified"),
        ("tea", "2.1", "copied-product-excluded", "disqualified"),
        ("tea", "6.1.1", "stop-impurities-wood-plastic", "scoring_stopped"),
        ("bottled-water", "6.4", "stop-sensory-zero", "scoring_stopped"),
        ("herbal-cosmetics", "6", "stop-no-cosmetic-declaration", "scoring_stopped"),
        ("textiles", "6.2", "ip-infringement-excluded", "disqualified"),
    ],
)
def test_the_council_concludes_on_a_ground_printed_on_the_sheet(
    product_set: str, criterion: str | None, rule: str, ground: str
) -> None:
    assert conclude(sheet(product_set), rule, criterion) == ground


@pytest.mark.parametrize(
    ("product_set", "criterion", "rule"),
    [
        ("rice-grains", "9", "standard-needs-safety-tests"),
        ("rice-grains", "5.2", "only-when-story-exists"),
        ("rice-grains", "1.4", "capacity-against-local-average"),
        ("community-tourism", "9", "choose-one-of-two-cases"),
        ("rice-grains", "1.2", "all-grown-in-province"),
        ("rice-grains", "1.1", "forged-file"),
        ("rice-grains", None, "all-grown-in-province"),
        ("community-tourism", None, "forged-file"),
    ],
    ids=[
        "a document is needed",
        "a story is needed",
        "a note",
        "a case is chosen",
        "another criterion's",
        "the dossier's",
        "a criterion's",
        "another set's",
    ],
)
def test_nothing_else_is_a_ground(product_set: str, criterion: str | None, rule: str) -> None:
    with pytest.raises(NoSuchGround) as refused:
        conclude(sheet(product_set), rule, criterion)

    assert rule in refused.value.sentence("vi")


def test_every_excluding_rule_of_every_sheet_is_a_ground() -> None:
    for one in all_sheets():
        for criterion in one.criteria:
            for rule in criterion.rules:
                if rule.type in ("requirement", "not-eligible", "disqualify", "stop-scoring"):
                    assert all(conclude(one, rule.key, code) for code in rule.zero_in or (criterion.code,))


@pytest.mark.parametrize("criterion", ["6.1", "6.2", "6.3", "6.4"])
@pytest.mark.parametrize("none_met", [True, False])
def test_no_points_in_any_sensory_item_of_bottled_water_stop_its_scoring(criterion: str, none_met: bool) -> None:
    water = sheet("bottled-water")
    lowest = water.scored[water.places[criterion]].criterion.options[0]
    bad = tick(water, best(water, **{criterion: None if none_met else lowest.key}))
    good = tick(water, best(water))

    owed = conclusions_owed(water, [bad, bad])

    assert lowest.points == 0
    assert owed == (Owed(criterion=criterion, rule="stop-sensory-zero"),)
    assert conclude(water, "stop-sensory-zero", criterion) == "scoring_stopped"
    assert conclusions_owed(water, [bad, good]) == ()


@pytest.mark.parametrize(
    ("product_set", "criterion", "option"),
    [
        ("fresh-produce", "6.1", "not-uniform"),
        ("honey-raw-foods", "6.1", "impurities-present"),
        ("bottled-water", "6.4", "taste-off"),
        ("herbal-cosmetics", "6", "standard-not-declared"),
    ],
)
def test_one_members_tick_beside_a_stop_rule_only_gives_its_points(
    product_set: str, criterion: str, option: str
) -> None:
    one = sheet(product_set)
    most = one.scored[one.places[criterion]].criterion.max_points

    assert total(one, tick(one, best(one, **{criterion: option}))) == 100 - most


GROUNDED = [
    (one, scored.key, [rule.key for rule in scored.criterion.rules if rule.type in GROUNDS])
    for one in all_sheets()
    for scored in one.scored
    if any(rule.type in GROUNDS for rule in scored.criterion.rules)
]


@pytest.mark.parametrize(("one", "key", "rules"), GROUNDED, ids=[f"{one.set} {key}" for one, key, _ in GROUNDED])
def test_where_every_sheet_finds_no_option_met_the_council_must_conclude(
    one: Sheet, key: str, rules: list[str]
) -> None:
    met, unmet = tick(one, best(one)), tick(one, best(one, **{key: None}))

    assert conclusions_owed(one, [unmet, unmet]) == tuple(Owed(key, rule) for rule in rules)
    assert conclusions_owed(one, [unmet, met]) == conclusions_owed(one, [met]) == conclusions_owed(one, []) == ()


def test_a_criterion_without_a_ground_owes_no_conclusion() -> None:
    rice = sheet("rice-grains")

    assert conclusions_owed(rice, [tick(rice, best(rice, **{"1.4": None, "9": None}))]) == ()
