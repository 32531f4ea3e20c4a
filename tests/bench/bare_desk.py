"""A desk by bare hands: files streamed to a folder with their SHA-256, one insert per dossier, no rule and no check."""

import hashlib
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from pymongo import AsyncMongoClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

FOLDER = Path(os.environ["BENCH_FILES"])
DOSSIERS: Any = AsyncMongoClient(os.environ["BENCH_MONGO"], w="majority", journal=True)["bench"]["dossiers"]


async def receive(request: Request) -> JSONResponse:
    """Written as it comes, in the loop of the server, as bare hands would."""
    digest, place = hashlib.sha256(), FOLDER / uuid4().hex
    with place.open("wb") as file:
        async for piece in request.stream():
            digest.update(piece)
            file.write(piece)
    place.rename(FOLDER / digest.hexdigest())
    return JSONResponse({"sha256": digest.hexdigest()})


async def lodge(request: Request) -> JSONResponse:
    made = await DOSSIERS.insert_one(await request.json())
    return JSONResponse({"id": str(made.inserted_id)})


async def ready(_: Request) -> JSONResponse:
    return JSONResponse({})


APP = Starlette(
    routes=[
        Route("/ready", ready),
        Route("/files", receive, methods=["PUT"]),
        Route("/dossiers", lodge, methods=["POST"]),
    ]
)

if __name__ == "__main__":
    uvicorn.run(APP, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), log_level="warning", access_log=False)
