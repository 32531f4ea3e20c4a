"""Setting a paper as PDF with typst: its text comes in as data and is never read as markup."""

import asyncio
from pathlib import Path

import typst
from pydantic import BaseModel

_FOLDER = Path(__file__).parent


class Press:
    """Sets one paper at a time, in a thread of its own, so that nobody else waits for it."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        # The fonts are those inside the typst package (Libertinus, SIL Open Font License), never the system's.
        self._compiler = typst.Compiler(root=_FOLDER, ignore_system_fonts=True)

    async def pdf(self, template: str, content: BaseModel) -> bytes:
        """The paper as PDF/A-2b; ``template`` names the file beside this one without its ending."""
        async with self._turn:
            return await asyncio.to_thread(self._compiled, template, content)

    def _compiled(self, template: str, content: BaseModel) -> bytes:
        pdf = self._compiler.compile(
            input=_FOLDER / f"{template}.typ",
            format="pdf",
            pdf_standards=["a-2b"],
            sys_inputs={"data": content.model_dump_json()},
        )
        assert isinstance(pdf, bytes)
        return pdf
