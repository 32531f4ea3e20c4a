"""Evidence over HTTP: papers described, files taken whole or not at all, read by those who may."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.dossier.domain.evidence import LARGEST_FILE, MOST_PAPERS
from services.dossier.events.heard import EvaluationOpened
from tests.services.dossier.facts import fact
from tests.services.dossier.office import Office, refused
from tests.shared.contents import ARCHIVE, BOMB, DOCX, EXE, HTML, JPEG, PDF, PNG

PAPER = {"kind": "test_results", "title": "Phiếu kiểm nghiệm", "criteria": ["8", "1.1"], "valid_until": "2027-01-31"}


async def paper(office: Office, id: str, **changed: object) -> str:
    made: str = (await office.as_("owner").post(f"/dossiers/{id}/evidence", PAPER | changed)).json()["id"]
    return made


def content(id: str, paper: str, file_name: str = "kiem-nghiem.pdf") -> str:
    return f"/dossiers/{id}/evidence/{paper}/content?file_name={file_name}"


def kept(office: Office) -> list[str]:
    """Every file that lies in the store, or is left of an upload."""
    return sorted(each["path"] for each in office.bucket.list().collect())


async def test_a_file_is_taken_and_read_back_as_it_was(office: Office) -> None:
    id = await office.dossier()
    owner = office.as_("owner")
    made = await paper(office, id)

    sent = await owner.send(content(id, made, "Phi%E1%BA%BFu%20ki%E1%BB%83m%20nghi%E1%BB%87m.PDF"), PDF)
    read = await owner.get(f"/dossiers/{id}/evidence/{made}/versions/1/content")

    sha256 = hashlib.sha256(PDF).hexdigest()
    assert sent.json() == {
        "id": made,
        "details": PAPER | {"issuer": None, "number": None},
        "versions": [
            {
                "version": 1,
                "file_name": "Phiếu kiểm nghiệm.PDF",
                "sha256": sha256,
                "size": len(PDF),
                "media_type": "application/pdf",
                "added_on": "2026-11-21",
            }
        ],
        "expired": False,
    }
    assert (read.content, read.headers["content-type"]) == (PDF, "application/pdf")
    assert read.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''Phi%E1%BA%BFu%20ki%E1%BB%83m%20nghi%E1%BB%87m.PDF"
    )
    assert read.headers["etag"] == f'"{sha256}"'
    assert kept(office) == [f"37/{sha256}"]


async def test_a_name_in_decomposed_unicode_is_kept_composed(office: Office) -> None:
    id = await office.dossier()
    made = await paper(office, id, title="Phie\u0302\u0301u")

    answer = await office.as_("owner").send(content(id, made, "Gia%CC%82%CC%81y.pdf"), PDF)

    assert answer.json()["details"]["title"] == "Phiếu"
    assert answer.json()["versions"][0]["file_name"] == "Giấy.pdf"


async def test_the_same_content_again_is_the_same_version_and_another_is_the_next(office: Office) -> None:
    id = await office.dossier()
    owner = office.as_("owner")
    made = await paper(office, id)

    for sent in (PDF, PDF, PDF + b"\n", PDF + b"\n"):
        answer = await owner.send(content(id, made), sent)

    assert [each["version"] for each in answer.json()["versions"]] == [1, 2]
    first = await owner.get(f"/dossiers/{id}/evidence/{made}/versions/1/content")
    assert first.content == PDF


@pytest.mark.parametrize(
    ("file_name", "sent", "status", "type"),
    [
        ("a.pdf", b"", 422, "file-empty"),
        ("a.pdf", EXE, 415, "file-type-unwanted"),
        ("a.pdf", HTML, 415, "file-type-unwanted"),
        ("a.pdf", b"Xin chao", 415, "file-type-unwanted"),
        ("a.zip", ARCHIVE, 415, "file-type-unwanted"),
        ("a.docx", ARCHIVE, 415, "file-type-unwanted"),
        ("a.docx", BOMB, 422, "archive-unsafe"),
        ("a.docx", DOCX[:-30], 422, "archive-unsafe"),
        ("a.pdf", PNG, 422, "content-belies-name"),
        ("a.docx", PDF, 422, "content-belies-name"),
        ("a.pdf.exe", PDF, 422, "content-belies-name"),
        ("a", PDF, 422, "content-belies-name"),
    ],
)
async def test_what_is_no_evidence_is_refused_and_leaves_nothing(
    office: Office, file_name: str, sent: bytes, status: int, type: str
) -> None:
    id = await office.dossier()
    made = await paper(office, id)

    answer = await office.as_("owner").send(content(id, made, file_name), sent)

    refused(answer, status, type)
    (listed,) = (await office.as_("owner").get(f"/dossiers/{id}/evidence")).json()["items"]
    assert listed["versions"] == []
    assert kept(office) == []


@pytest.mark.parametrize(("file_name", "sent"), [("a.jpeg", JPEG), ("a.PNG", PNG), ("a.docx", DOCX), ("á à.pdf", PDF)])
async def test_scans_pictures_and_documents_are_taken(office: Office, file_name: str, sent: bytes) -> None:
    id = await office.dossier()
    made = await paper(office, id)

    answer = await office.as_("owner").send(content(id, made, file_name), sent)

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "file_name",
    [
        "../a.pdf",
        "..%2Fa.pdf",
        "C:%5Ca.pdf",
        "/etc/passwd",
        ".htaccess",
        "a.pdf.",
        "a%00.pdf",
        "a%E2%80%AEfdp.exe",
        "",
        "x" * 151 + ".pdf",
    ],
)
async def test_a_name_that_could_be_a_path_or_deceives_is_refused(office: Office, file_name: str) -> None:
    id = await office.dossier()
    made = await paper(office, id)

    answer = await office.as_("owner").send(content(id, made, file_name), PDF)

    assert answer.status_code in (400, 422), answer.text
    assert kept(office) == []


async def test_a_file_that_says_it_is_too_large_is_refused_before_it_comes(office: Office) -> None:
    id = await office.dossier()
    made = await paper(office, id)

    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("nothing is to be read")
        yield b""

    answer = await office.as_("owner").send(content(id, made), never(), {"Content-Length": str(10 << 30)})

    refused(answer, 413, "body-too-large")
    assert kept(office) == []


async def test_a_file_that_turns_out_too_large_is_cut_off_and_leaves_nothing(office: Office) -> None:
    id = await office.dossier()
    made = await paper(office, id)

    async def endless() -> AsyncIterator[bytes]:
        yield PDF
        for _ in range((LARGEST_FILE >> 20) + 1):
            yield bytes(1 << 20)

    answer = await office.as_("owner").send(content(id, made), endless())

    refused(answer, 413, "body-too-large")
    assert kept(office) == []


async def test_a_damaged_file_is_noticed(office: Office) -> None:
    id = await office.dossier()
    made = await paper(office, id)

    answer = await office.as_("owner").send(f"{content(id, made)}&sha256={'0' * 64}", PDF)

    refused(answer, 422, "file-damaged")
    assert kept(office) == []


async def test_a_submission_names_every_file_by_its_hash_and_never_changes(office: Office) -> None:
    id = await office.dossier()
    owner = office.as_("owner")
    made, dropped, empty = await paper(office, id), await paper(office, id), await paper(office, id)
    await owner.send(content(id, made), PDF)
    await owner.send(content(id, dropped), PDF)
    await owner.ask("DELETE", f"/dossiers/{id}/evidence/{dropped}")
    first = (await owner.post(f"/dossiers/{id}/submission")).json()
    await owner.send(content(id, made), PDF + b"\n")
    second = (await owner.post(f"/dossiers/{id}/submission")).json()

    read = [await owner.get(f"/dossiers/{id}/manifests/{version}") for version in (1, 2)]

    assert [hashlib.sha256(each.content).hexdigest() for each in read] == [
        first["manifest_hash"],
        second["manifest_hash"],
    ]
    papers = [json.loads(each.content)["papers"] for each in read]
    assert [[(each["id"], each["version"]) for each in named] for named in papers] == [[(made, 1)], [(made, 2)]]
    assert papers[0][0]["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert empty not in read[1].text
    refused(await owner.get(f"/dossiers/{id}/manifests/3"), 404, "not-found")


async def test_once_the_council_has_opened_no_paper_changes(office: Office) -> None:
    id = await office.submitted()
    made = await paper(office, id)
    await office.hear(fact(EvaluationOpened, id))
    owner = office.as_("owner")

    refused(await owner.send(content(id, made), PDF), 409, "dossier-under-evaluation")
    refused(await owner.post(f"/dossiers/{id}/evidence", PAPER), 409, "dossier-under-evaluation")
    refused(await owner.ask("DELETE", f"/dossiers/{id}/evidence/{made}"), 409, "dossier-under-evaluation")
    assert kept(office) == []


@pytest.mark.parametrize(
    ("asker", "status"),
    [
        ({"role": "owner"}, 200),
        ({"role": "commune_officer", "commune": "14362"}, 200),
        ({"role": "agency"}, 200),
        ({"role": "owner", "organisation": "htx-2"}, 404),
        ({"role": "commune_officer", "commune": "14401"}, 404),
        ({"role": "agency", "authority": "38"}, 404),
        ({"role": "council_member"}, 404),
        ({"role": "observer"}, 403),
        ({"role": "service"}, 403),
    ],
)
async def test_a_file_of_a_draft_is_read_by_those_who_work_on_it(
    office: Office, asker: dict[str, str], status: int
) -> None:
    id = await office.dossier()
    made = await paper(office, id)
    await office.as_("owner").send(content(id, made), PDF)

    answer = await office.as_(**asker).get(f"/dossiers/{id}/evidence/{made}/versions/1/content")  # type: ignore[arg-type]

    assert answer.status_code == status, answer.text


async def test_a_council_reads_what_was_submitted_and_nothing_newer(office: Office) -> None:
    id = await office.dossier()
    made = await paper(office, id)
    await office.as_("owner").send(content(id, made), PDF)
    await office.as_("owner").post(f"/dossiers/{id}/submission")
    await office.as_("owner").send(content(id, made), PDF + b"\n")
    member = office.as_("council_member")

    submitted = await member.get(f"/dossiers/{id}/evidence/{made}/versions/1/content")
    newer = await member.get(f"/dossiers/{id}/evidence/{made}/versions/2/content")

    assert submitted.content == PDF
    refused(newer, 404, "paper-unknown")


async def test_a_later_case_takes_a_paper_over_without_a_new_upload(office: Office) -> None:
    earlier = await office.dossier()
    made = await paper(office, earlier)
    owner = office.as_("owner")
    await owner.send(content(earlier, made), PDF)
    later = await office.dossier(name="Nước dứa")

    taken = await owner.post(f"/dossiers/{later}/evidence/reused", {"dossier_id": earlier, "paper": made})
    read = await owner.get(f"/dossiers/{later}/evidence/{taken.json()['id']}/versions/1/content")

    assert (taken.status_code, read.content) == (201, PDF)
    assert len(kept(office)) == 1


async def test_a_paper_of_another_owner_is_not_taken_over(office: Office) -> None:
    foreign = await office.dossier(owner_id="htx-2")
    made = (await office.as_("owner", organisation="htx-2").post(f"/dossiers/{foreign}/evidence", PAPER)).json()["id"]
    own = await office.dossier()

    for asker in (office.as_("owner"), office.as_("agency")):
        answer = await asker.post(f"/dossiers/{own}/evidence/reused", {"dossier_id": foreign, "paper": made})
        refused(answer, 404, "not-found")


async def test_a_paper_says_which_criteria_it_proves_and_only_those_of_its_sheet(office: Office) -> None:
    id = await office.dossier()
    owner = office.as_("owner")
    made = await paper(office, id)

    changed = await owner.ask("PUT", f"/dossiers/{id}/evidence/{made}", PAPER | {"criteria": ["3.5"]})
    wrong = await owner.post(f"/dossiers/{id}/evidence", PAPER | {"criteria": ["3.5", "99.1"]})

    assert changed.status_code == 200
    (listed,) = (await owner.get(f"/dossiers/{id}/evidence")).json()["items"]
    assert listed["details"]["criteria"] == ["3.5"]
    assert refused(wrong, 422, "criterion-unknown") == ["/criteria/1"]


async def test_a_paper_past_its_term_says_so(office: Office) -> None:
    id = await office.dossier()
    await paper(office, id, valid_until="2026-11-21")

    today = (await office.as_("owner").get(f"/dossiers/{id}/evidence")).json()["items"][0]["expired"]
    office.clock.turn(timedelta(days=1))
    tomorrow = (await office.as_("owner").get(f"/dossiers/{id}/evidence")).json()["items"][0]["expired"]

    assert (today, tomorrow) == (False, True)


async def test_a_dossier_holds_so_many_papers_and_no_more(office: Office) -> None:
    id = await office.dossier()
    for _ in range(MOST_PAPERS):
        await paper(office, id)

    refused(await office.as_("owner").post(f"/dossiers/{id}/evidence", PAPER), 409, "too-many-papers")


async def test_a_paper_is_added_once_under_one_key(office: Office) -> None:
    id = await office.dossier()
    owner = office.as_("owner")

    first = await owner.post(f"/dossiers/{id}/evidence", PAPER, key="k")
    again = await owner.post(f"/dossiers/{id}/evidence", PAPER, key="k")

    assert first.json() == again.json()
    assert len((await owner.get(f"/dossiers/{id}/evidence")).json()["items"]) == 1
