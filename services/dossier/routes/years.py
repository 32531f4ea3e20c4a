"""The year's registration over HTTP: an answer per product, and the certificates that end in the year."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Path, Query
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from services.dossier.certificates import Certificates, Holder
from services.dossier.domain.owner import Commune
from services.dossier.domain.product import CaseKind
from services.dossier.domain.year import Answer, Answered, YearRegistration, answered, check_year, registration_id
from services.dossier.routes.exports import SENT, Chosen, Listing, Row, whole, workbook
from services.dossier.routes.reach import narrowed
from services.dossier.store import Products, YearRegistrations
from shared.clock import Clock, day
from shared.command import Command
from shared.document import Decision
from shared.http import Asked, Router, Told, command
from shared.identity import Caller, allow
from shared.pages import After, Limit, Page
from shared.text import Text

OfYear = Annotated[int, Path(ge=2000, le=2100)]

_ANSWERS = {"register": "Đăng ký", "not_register": "Không đăng ký", None: "Chưa trả lời"}
_REGISTERED = ("Sản phẩm", "Xã", "Bộ sản phẩm", "Loại hồ sơ", "Trả lời", "Số sao", "Ngày", "Lý do", "Mã sản phẩm")
_EXPIRING = ("Sản phẩm", "Xã", "Giấy chứng nhận", "Số sao", "Có hiệu lực đến", "Trả lời", "Mã sản phẩm")
_WORKING = allow("owner", "commune_officer", "agency", "chair", "observer", stage="lodging")


class NewAnswer(Asked):
    """What is answered for a product and a year."""

    product_id: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]
    answer: Answer
    case_kind: CaseKind
    stars: Annotated[int, Field(strict=True, ge=3, le=5)] | None = None
    reason: Annotated[str, Text(1000, lines=True)] | None = None


class YearRegistrationView(Told):
    """A product's registration for a year, with every answer there was."""

    year: int
    product_id: str
    product_name: str
    owner_id: str
    commune: str
    product_set: str
    answer: Answer
    case_kind: CaseKind
    answers: list[Answered]

    @classmethod
    def of(cls, held: YearRegistration) -> "YearRegistrationView":
        return cls(**held.model_dump(include=set(cls.model_fields)))


class Expiring(Told):
    """A certificate that ends in the year, and what its owner has answered; null is no answer yet."""

    product_id: str
    product_name: str
    owner_id: str
    commune: str | None
    certificate: str
    stars: int
    valid_until: date
    answer: Answer | None


class ExpiringCount(Told):
    """Products whose certificate ends in the year."""

    products: int
    registering: int
    not_registering: int
    unanswered: int


def routes(registrations: YearRegistrations, products: Products, certificates: Certificates, clock: Clock) -> Router:
    router = Router(prefix="/years/{year}", tags=["years"])

    async def expiring(found: list[Holder], year: int) -> list[Expiring]:
        """The certificates held here that end in the year, unless something else has ended them."""
        ending = [
            Expiring(
                product_id=holder.product_id,
                product_name=holder.product_name,
                owner_id=holder.owner_id,
                commune=holder.commune,
                certificate=each.number,
                stars=each.issued.stars,
                valid_until=each.last_day,
                answer=None,
            )
            for holder in found
            for each in holder.certificates
            if each.stands and each.issued is not None and each.last_day is not None and each.last_day.year == year
        ]
        answers = await registrations.answers(year, [each.product_id for each in ending])
        return [each.model_copy(update={"answer": answers.get(each.product_id)}) for each in ending]

    def ending_in(year: int, caller: Caller, commune: str | None) -> Mapping[str, Any]:
        # An extension is of at most half a year, so that whatever ends in the year was issued until then or before.
        bounds = {"$gte": f"{year - 1}-01-01", "$lte": f"{year}-12-31"}
        return {**narrowed(caller, commune=commune), "certificates.issued.valid_until": bounds}

    @router.post("/registrations")
    async def answer_for_year(
        year: OfYear,
        new: NewAnswer,
        caller: Annotated[Caller, allow("owner", "commune_officer", "agency", stage="lodging")],
        command: Annotated[Command, Depends(command)],
    ) -> YearRegistrationView:
        """A later answer takes the place of the former, which stays on record."""
        on = day(clock())
        check_year(year, on)
        product = await products.get(new.product_id, caller.within)
        if new.answer == "register":
            await certificates.may_be_called(new.case_kind, product.id)
        given = Answered(on=on, by=caller.role, **new.model_dump(exclude={"product_id"}))

        def decide(held: YearRegistration | None) -> Decision[YearRegistration]:
            return answered(held, product, year, given), ()

        saved = await registrations.settle(
            registration_id(year, product.id), decide, command=command, answer=YearRegistrationView.of
        )
        return YearRegistrationView.model_validate(saved.answer)

    def chosen(
        year: OfYear,
        caller: Annotated[Caller, _WORKING],
        answer: Answer | None = None,
        case_kind: CaseKind | None = None,
        commune: Commune | None = None,
    ) -> Chosen:
        wanted = narrowed(caller, answer=answer, case_kind=case_kind, commune=commune)
        return Chosen(caller, {**wanted, "year": year})

    Listing(
        of=registrations,
        by="product_name",
        page=Page[YearRegistrationView],
        view=lambda held, caller: YearRegistrationView.of(held),
        file="dang-ky",
        title="Đăng ký",
        head=_REGISTERED,
        rows=_rows,
    ).offer(router, "/registrations", ("list_registrations", "export_registrations"), chosen)

    @router.get("/expiring")
    async def list_expiring(
        year: OfYear,
        caller: Annotated[Caller, _WORKING],
        commune: Commune | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[Expiring]:
        """A page may hold fewer than asked for: what was replaced or taken away is passed over."""
        page = await certificates.listed("product_name", ending_in(year, caller, commune), after=after, limit=limit)
        return Page[Expiring].of(await expiring(page.items, year), page.next)

    @router.get("/expiring.xlsx", response_class=Response, responses=SENT)
    async def export_expiring(
        year: OfYear, caller: Annotated[Caller, _WORKING], commune: Commune | None = None
    ) -> Response:
        found = await expiring(await whole(certificates, "product_name", ending_in(year, caller, commune)), year)
        rows = [
            (
                each.product_name,
                each.commune,
                each.certificate,
                each.stars,
                each.valid_until,
                _ANSWERS[each.answer],
                each.product_id,
            )
            for each in found
        ]
        return await workbook(f"het-han-{year}", f"Hết hạn {year}", _EXPIRING, rows)

    @router.get("/expiring/count")
    async def count_expiring(
        year: OfYear, caller: Annotated[Caller, _WORKING], commune: Annotated[Commune | None, Query()] = None
    ) -> ExpiringCount:
        found = await expiring(await whole(certificates, "product_name", ending_in(year, caller, commune)), year)
        by_product = {each.product_id: each.answer for each in found}
        said = list(by_product.values())
        return ExpiringCount(
            products=len(said),
            registering=said.count("register"),
            not_registering=said.count("not_register"),
            unanswered=said.count(None),
        )

    return router


async def _rows(found: Sequence[YearRegistration], caller: Caller) -> list[Row]:
    return [
        (
            each.product_name,
            each.commune,
            each.product_set,
            each.case_kind,
            _ANSWERS[each.answer],
            each.latest.stars,
            each.latest.on,
            each.latest.reason,
            each.product_id,
        )
        for each in found
    ]
