"""Papers with a mail: fetched when it leaves, not waited for longer than they are worth, read by any mail program."""

import asyncio
import json
import shutil
import subprocess
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from services.notification.papers import LARGEST, PATIENCE
from tests.services.notification.desk import Desk, example

PDF = b"%PDF-1.7 what the services print"
RESULT = "/dossiers/019a7f3c52e04b1d8c6a90e7d2b4f135/letters/result"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.archive.papers[RESULT] = PDF
    return desk


async def announced(desk: Desk) -> str:
    """The result is announced to an owner, and to nobody else."""
    return await desk.hear(example("ResultAnnounced", "recognised", commune=None))


async def test_an_announced_result_brings_its_notice(desk: Desk) -> None:
    id = await announced(desk)

    await desk.worker().round()

    (message,) = desk.shown()
    (file,) = message.iter_attachments()
    plain = message.get_body(("plain",))
    delivery = await desk.delivery(id)
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        "Thông báo kết quả.pdf",
        "application/pdf",
        PDF,
    )
    assert plain is not None and "được công nhận đạt 3 sao" in plain.get_content()
    assert delivery.sent is not None and delivery.sent.paper is not None
    assert (delivery.sent.paper.size, delivery.sent.paper.digest) == (len(PDF), sha256(PDF).hexdigest())


@pytest.mark.parametrize(
    ("name", "path", "file"),
    [
        (
            "CertificateHandedOver",
            "/certificates/37-2026-1048-001/print/signed",
            "Giấy chứng nhận 37-2026-1048-001.pdf",
        ),
        ("SupplementRequested", "/dossiers/subject-1/letters/supplement-request", "Yêu cầu bổ sung.pdf"),
    ],
)
async def test_each_rule_says_what_its_mail_brings(desk: Desk, name: str, path: str, file: str) -> None:
    desk.archive.papers[path] = PDF
    await desk.hear(example(name))

    await desk.worker().round()

    (message,) = desk.shown()
    assert [each.get_filename() for each in message.iter_attachments()] == [file]
    assert desk.archive.headers["Ocop-Appointment"] == "svc-37"


async def test_a_print_that_is_not_signed_is_not_waited_for(desk: Desk) -> None:
    id = await desk.hear(example("CertificateHandedOver"))

    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert delivery.sent is not None
    assert (delivery.sent.paper, delivery.sent.without_paper) == (None, "there is none")


async def test_a_paper_that_is_too_large_stays_where_it_is(desk: Desk) -> None:
    desk.archive.papers[RESULT] = b"x" * (LARGEST + 1)
    id = await announced(desk)

    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert delivery.sent is not None and "holds more than" in (delivery.sent.without_paper or "")


async def test_what_is_not_printed_yet_is_waited_for_and_keeps_nobody_else_from_their_mail(desk: Desk) -> None:
    desk.archive.printing = False
    id = await announced(desk)
    await desk.hear(example("CertificateIssued"), 2)

    await desk.worker().round()
    waiting, told = await desk.delivery(id), len(desk.shown())
    desk.archive.printing = True
    desk.pass_time(timedelta(seconds=6))
    await desk.worker().round()

    assert (waiting.state, waiting.attempts, told) == ("waiting", (), 1)
    assert waiting.delayed_by is not None and "409" in waiting.delayed_by
    assert sum(len([*message.iter_attachments()]) for message in desk.shown()) == 1


async def test_a_fact_is_not_kept_back_for_its_paper(desk: Desk) -> None:
    desk.archive.status = 0
    id = await announced(desk)

    await desk.worker().round()
    early = len(desk.shown())
    desk.pass_time(PATIENCE)
    await desk.worker().round()

    delivery = await desk.delivery(id)
    assert (early, len(desk.shown())) == (0, 1)
    assert delivery.sent is not None and "does not answer" in (delivery.sent.without_paper or "")


async def test_a_service_that_is_away_is_asked_once_and_not_for_every_mail(desk: Desk) -> None:
    desk.archive.status = 0
    for number in range(20):
        await desk.hear(example("CertificateHandedOver"), subject=f"subject-{number}")

    await desk.worker().round()

    assert len(desk.archive.fetched) == 1


async def test_a_telephone_and_an_inbox_ask_for_no_paper(desk: Desk) -> None:
    await desk.hear(example("RescoringRequired", "with"))

    await desk.worker().round()

    assert desk.archive.fetched == []


@pytest.mark.real
async def test_the_mail_library_of_another_language_reads_subject_text_and_file(desk: Desk, tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    assert npm and node, "Node 20+ is needed for this test, as for the AsyncAPI parser"
    install = [npm, "install", "--silent", "--no-save", "--prefix", str(tmp_path), "postal-mime@4.0.0"]
    await asyncio.to_thread(subprocess.run, install, check=True)
    await announced(desk)
    await desk.worker().round()
    (mail,) = desk.mail.glob("*.eml")

    (tmp_path / "reader.mjs").write_text(READER)
    ask = [node, "reader.mjs", str(mail)]
    answer = await asyncio.to_thread(subprocess.run, ask, cwd=tmp_path, check=True, capture_output=True)

    assert json.loads(answer.stdout) == {
        "subject": "Kết quả đánh giá sản phẩm «Rượu nhung hươu Tam Điệp»",
        "to": [{"address": "bacson@example.vn", "name": "HTX Bắc Sơn"}],
        "words": [True, True],
        "files": [
            {"name": "Thông báo kết quả.pdf", "type": "application/pdf", "sha256": sha256(PDF).hexdigest()},
        ],
    }


READER = """
import PostalMime from "postal-mime";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const mail = await PostalMime.parse(readFileSync(process.argv[2]));
const words = [mail.text, mail.html].map((part) => part.includes("được công nhận đạt 3 sao"));
const files = mail.attachments.map((file) => ({
  name: file.filename,
  type: file.mimeType,
  sha256: createHash("sha256").update(new Uint8Array(file.content)).digest("hex"),
}));
console.log(JSON.stringify({ subject: mail.subject, to: mail.to, words, files }));
"""
