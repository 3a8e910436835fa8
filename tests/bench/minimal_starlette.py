"""What one writes with Starlette in a minute: two routes, JSON read and JSON written, nothing kept."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

TASK = {"request_id": "req_44c41db900000001", "status": "queued", "cost_estimate": 0.11574}


async def create(request: Request) -> JSONResponse:
    """Read the body, answer a task."""
    await request.json()
    return JSONResponse({**TASK, "task_id": "task_4a641b4726659c6b7861be3f"})


async def read(request: Request) -> JSONResponse:
    """Answer the task of the path."""
    return JSONResponse({**TASK, "task_id": request.path_params["task_id"]})


app = Starlette(
    routes=[
        Route("/api/v1/tasks", create, methods=["POST"]),
        Route("/api/v1/tasks/{task_id}", read, methods=["GET"]),
    ]
)
