"""The product sets of the catalogue: read whole, and a broken file stops the start with its name."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.dossier.catalogue import HERE, BrokenCatalogue, ProductSets, load
from services.dossier.domain.product import ProductSetUnknown
from tests.services.dossier.office import Office, refused

RICE = "26-2026/sheets/03-rice-grains.json"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE, tmp_path / "catalogue"))


def edit(file: Path, change: Callable[[Any], object]) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def test_the_catalogue_of_this_project_has_every_set_in_the_order_of_the_decision() -> None:
    sets = list(load())

    assert [each.number for each in sets] == list(range(1, 27))
    assert sets[6].set == "processed-produce"
    assert sets[6].name == {"vi": "Chế biến từ rau, củ, quả, hạt", "en": sets[6].name["en"]}


def test_a_set_that_there_is_passes_and_another_is_refused_with_its_likes() -> None:
    load().check("tea")
    with pytest.raises(ProductSetUnknown, match="white-spirit"):
        load().check("white-spirits")


def test_a_set_unlike_any_other_is_refused_with_examples() -> None:
    with pytest.raises(ProductSetUnknown, match="fresh-produce"):
        load().check("???")


@pytest.mark.parametrize(
    ("file", "change"),
    [
        (RICE, lambda sheet: sheet.pop("set")),
        (RICE, lambda sheet: sheet.update(set="Rice grains")),
        (RICE, lambda sheet: sheet.update(set="tea")),
        (RICE, lambda sheet: sheet.update(number="three")),
        (RICE, lambda sheet: sheet.update(name_key="no-such-key")),
        ("26-2026/labels/en.json", lambda labels: labels.pop("rice-grains")),
        ("26-2026/labels/vi.json", lambda labels: labels.update({"tea": 1})),
        ("rule-sets.json", lambda entries: entries[4].pop("sheets")),
        ("rule-sets.json", lambda entries: entries[4].update(number="../26-2026")),
        ("rule-sets.json", lambda entries: entries[4].update(sheets=False)),
        ("rule-sets.json", lambda entries: entries[3].update(sheets=True)),
    ],
)
def test_a_broken_catalogue_is_not_started_on(copy: Path, file: str, change: Callable[[Any], object]) -> None:
    edit(copy / file, change)

    with pytest.raises(BrokenCatalogue):
        load(copy)


def test_a_file_that_is_not_json_is_named(copy: Path) -> None:
    (copy / RICE).write_text("{")

    with pytest.raises(BrokenCatalogue, match="03-rice-grains"):
        load(copy)


def test_a_catalogue_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BrokenCatalogue, match=r"rule-sets\.json"):
        load(tmp_path)


async def test_a_case_begins_in_a_set_of_the_decision_in_force_only() -> None:
    known = load()
    old = known["tea"]._replace(set="herbal-tea-of-before", rule_set="148-2023")
    sets = ProductSets({each.set: each for each in (old, *known)}, "26-2026")
    office = Office(sets=sets)
    product = await office.product()
    await office.products.change(product, lambda held: (held.but(product_set=old.set), ()))
    new = {"product_id": product, "case_kind": "first"}

    before = await office.as_("owner").post("/dossiers", new)
    await office.as_("owner").patch(f"/products/{product}", {"product_set": "tea"})
    after = await office.as_("owner").post("/dossiers", new)

    refused(before, 409, "product-set-replaced")
    assert (after.status_code, (await office.dossiers.get(after.json()["id"])).product_set) == (201, "tea")
    with pytest.raises(ProductSetUnknown):
        sets.check(old.set)
