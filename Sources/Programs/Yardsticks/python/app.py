"""A task's GET, create and list as FastAPI and aiohttp do them, for `make bench`: JSON in and out, no token, no journal, no repeat.

A GET is one call of the sidecar; a create is two, one after the other: the task is saved, and it is published. A list is two as well: the
list of ids, which nobody keeps in step here, and the first tasks of them in one bulk read.

    SIDECAR=http://127.0.0.1:3500 uvicorn --app-dir … app:app
"""

import os
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from typing import Literal
from uuid import uuid4

import aiohttp
from fastapi import FastAPI, HTTPException, Query, Response
from pydantic import BaseModel, Field


@asynccontextmanager
async def lifespan(app):
    async with aiohttp.ClientSession() as app.state.session:
        yield


app = FastAPI(lifespan=lifespan)
STATE = os.environ["SIDECAR"] + "/v1.0/state/statestore"
TOPIC = os.environ["SIDECAR"] + "/v1.0/publish/pubsub/" + os.environ.get("TOPIC", "tasks")


class Draft(BaseModel):
    title: str = Field(min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=2000)
    due_date: datetime | None = None
    priority: Literal["low", "medium", "high"] = "medium"
    tags: list[str] = Field(default=[], max_length=20)


class Task(Draft):
    id: str
    user_id: str
    status: Literal["todo", "in_progress", "done"] = "todo"
    completed: bool = False
    created_at: datetime
    updated_at: datetime


@app.get("/api/tasks/{task}")
async def read(task: str, response: Response):
    async with app.state.session.get(f"{STATE}/{task}") as answer:
        if answer.status != 200:
            raise HTTPException(404)
        response.headers["ETag"] = answer.headers["ETag"]
        return await answer.json()


@app.get("/api/tasks")
async def list_tasks(limit: int = Query(default=50, ge=1, le=200)):
    async with app.state.session.get(f"{STATE}/ids") as answer:
        if answer.status != 200:
            raise HTTPException(503)
        ids = await answer.json()
    async with app.state.session.post(f"{STATE}/bulk", json={"keys": ids[:limit]}) as answer:
        if answer.status != 200:
            raise HTTPException(503)
        items = [entry["data"] for entry in await answer.json() if "data" in entry]
    return {"items": items, "next_cursor": None, "total": len(ids)}


@app.post("/api/tasks", status_code=201)
async def create(draft: Draft) -> Task:
    now = datetime.now(timezone.utc)
    task = Task(**draft.model_dump(), id=str(uuid4()), user_id="demo", created_at=now, updated_at=now)
    document = task.model_dump(mode="json")
    for url, body in ((STATE, [{"key": task.id, "value": document}]), (TOPIC, document)):
        async with app.state.session.post(url, json=body) as answer:
            if answer.status != 204:
                raise HTTPException(503)
    return task
