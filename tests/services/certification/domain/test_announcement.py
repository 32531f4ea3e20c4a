"""What comes of a decision for one product."""

from datetime import date

from tests.services.certification.builders import (
    DECIDED,
    LAST,
    announced,
    certificate,
    recognition,
    result,
    said,
)


def test_a_recognised_result_gets_its_certificate() -> None:
    told = announced(recognition(result()))

    assert told.result is not None and told.result.state == "announced"
    issued = told.issued
    assert issued is not None
    assert (issued.number, issued.stars, issued.valid_from, issued.valid_until, issued.replaces) == (
        "37-2026-1-001",
        3,
        DECIDED,
        LAST,
        None,
    )


def test_announced_twice_it_happens_once() -> None:
    once = announced(recognition(result())).recognition

    again = announced(once)

    assert again.result is None and again.recognition is once


def test_a_new_certificate_ends_the_active_one_on_the_day_of_its_decision() -> None:
    held = recognition(result(case_kind="re_evaluation")).but(certificates=(certificate(number="old"),))

    told = announced(held, said(decided_on=date(2029, 7, 1)))

    old, new = told.recognition.certificates
    assert old.replaced is not None and (old.replaced.number, old.replaced.on) == (new.number, date(2029, 7, 1))
    assert new.replaces == "old"
    assert [old.on(date(2029, 6, 30)), old.on(date(2029, 7, 1))] == ["valid", "replaced"]


def test_a_certificate_that_ended_before_the_decision_is_expired_not_replaced() -> None:
    held = recognition(result()).but(certificates=(certificate(number="old", valid_until=date(2026, 11, 19)),))

    told = announced(held)

    assert [(one.expiry_told, one.replaced) for one in told.ended] == [(True, None)]
    assert told.issued is not None and told.issued.replaces is None


def test_a_certificate_whose_end_was_told_is_told_nothing_more() -> None:
    old = certificate(number="old").model_copy(update={"expiry_told": True})

    told = announced(recognition(result()).but(certificates=(old,)))

    assert told.ended == ()


def test_a_failed_re_evaluation_leaves_the_certificate_to_its_last_day() -> None:
    held = recognition(result(case_kind="re_evaluation", stars=2)).but(certificates=(certificate(),))

    told = announced(held, said(number=None))

    assert told.issued is None
    assert told.recognition.certificates == held.certificates
