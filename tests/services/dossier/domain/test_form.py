"""The owner's form: what a complete one says, and the one canonical text it has."""

import hashlib
import json
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dossier.catalogue import HERE
from services.dossier.domain.form import CATALOGUE_KEYS, Evidence, SelfAssessment, canonical, content_hash, missing
from tests.services.dossier.builders import form


def test_a_complete_form_lacks_nothing() -> None:
    assert missing(form()) == ()


@pytest.mark.parametrize("name", ["description", "material_origin", "local_labour", "idea_origin", "local_identity"])
def test_each_of_the_contents_the_commune_assesses_is_needed(name: str) -> None:
    assert [flaw.pointer for flaw in missing(form(**{name: None}))] == [f"/form/{name}"]


def test_the_plan_and_the_self_score_are_not_needed() -> None:
    assert missing(form(business_plan=None, self_score=None)) == ()


def test_papers_count_once_and_in_one_order() -> None:
    assert form(evidence=["market", "awards", "market"]).evidence == ("awards", "market")


# A machine that does other work beside the tests is slow now and then.
@settings(deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_the_order_of_names_does_not_change_the_hash(value: object) -> None:
    one, other = {"a": value, "b": 1}, {"b": 1, "a": value}

    assert canonical(one) == canonical(other)
    assert content_hash(canonical(one)) == hashlib.sha256(canonical(other).encode()).hexdigest()


def test_answers_replace_answers_and_leave_the_rest() -> None:
    after = form().with_answers(SelfAssessment(self_score=80, description=None))

    assert (after.self_score, after.description, after.local_labour) == (80, None, form().local_labour)


def test_every_kind_of_evidence_is_one_of_the_catalogues_in_the_order_of_form_02() -> None:
    rule_set = json.loads((HERE / "26-2026" / "rule-set.json").read_text(encoding="utf-8"))

    assert list(CATALOGUE_KEYS) == list(get_args(Evidence))
    assert list(CATALOGUE_KEYS.values()) == rule_set["dossier"]["evidence"]
