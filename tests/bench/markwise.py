"""The baseline of case ``peak``: the same sheets over the same HTTP, with one write per mark and nothing checked."""

import os
from typing import Any

import uvicorn
from fastapi import FastAPI
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import BaseModel


class Ticked(BaseModel):
    sheet_hash: str
    ticks: dict[str, str | None]


def bare() -> FastAPI:
    app = FastAPI()
    client: Any = AsyncIOMotorClient(os.environ["BENCH_MONGO"], w="majority", journal=True)
    evaluations = client[os.environ["BENCH_DATABASE"]]["marks"]

    @app.post("/evaluations/{id}/sheets", status_code=201)
    async def hand_in(id: str, ticked: Ticked) -> dict[str, str]:
        for criterion, option in ticked.ticks.items():
            mark = f"marks.{criterion.replace('.', '_')}"
            await evaluations.update_one({"_id": id}, {"$push": {mark: option}}, upsert=True)
        return {"evaluation": id}

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        return {}

    return app


if __name__ == "__main__":
    uvicorn.run(bare(), host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), loop="uvloop", access_log=False)
