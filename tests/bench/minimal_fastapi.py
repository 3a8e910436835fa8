"""What one writes with FastAPI in a minute: two routes, the body judged by a pydantic model, nothing kept."""

from typing import Literal

from fastapi import FastAPI
from pydantic import BaseModel, Field

app = FastAPI()


class Input(BaseModel):
    """The input of the page's create."""

    prompt: str = Field(max_length=2500)
    character_orientation: Literal["image", "video"]
    image_url: str
    keep_original_sound: Literal["yes", "no"]
    mode: Literal["std", "pro"]
    video_url: str


class Create(BaseModel):
    """A create."""

    model: str
    input: Input


class Task(BaseModel):
    """The answer."""

    request_id: str
    task_id: str
    status: str
    cost_estimate: float


@app.post("/api/v1/tasks")
async def create(body: Create) -> Task:
    """Judge the body, answer a task."""
    return Task(
        request_id="req_44c41db900000001",
        task_id="task_4a641b4726659c6b7861be3f",
        status="queued",
        cost_estimate=0.11574,
    )


@app.get("/api/v1/tasks/{task_id}")
async def read(task_id: str) -> Task:
    """Answer the task of the path."""
    return Task(request_id="req_44c41db900000001", task_id=task_id, status="queued", cost_estimate=0.11574)
