"""A task's GET as FastAPI and aiohttp do it, for `make bench`: one call of the sidecar, JSON in and out, no token.

    SIDECAR=http://127.0.0.1:3500 uvicorn --app-dir … app:app
"""

import os
from contextlib import asynccontextmanager

import aiohttp
from fastapi import FastAPI, HTTPException, Response


@asynccontextmanager
async def lifespan(app):
    async with aiohttp.ClientSession() as app.state.session:
        yield


app = FastAPI(lifespan=lifespan)
STATE = os.environ["SIDECAR"] + "/v1.0/state/statestore/"


@app.get("/api/tasks/{task}")
async def read(task: str, response: Response):
    async with app.state.session.get(STATE + task) as answer:
        if answer.status != 200:
            raise HTTPException(404)
        response.headers["ETag"] = answer.headers["ETag"]
        return await answer.json()
