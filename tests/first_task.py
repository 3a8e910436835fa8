"""The request of the platform's page, followed to its end and to the bytes of its output: `first_task.py ORIGIN`.

Standard library only: it runs inside the container image and against an installed wheel. The clock of its account is
`auto`, so that no poll has to wait.
"""

import json
import sys
from typing import Any
from urllib.request import Request, urlopen

ORIGIN = sys.argv[1]
KEY = "mv_live_first_task"
BODY = {
    "model": "kling-v3-motion-control",
    "input": {
        "prompt": "\u4eba\u7269\u6309\u53c2\u8003\u89c6\u9891\u52a8\u4f5c\u8d77\u821e",
        "character_orientation": "image",
        "image_url": "https://example.com/ref-image.png",
        "keep_original_sound": "yes",
        "mode": "std",
        "video_url": "https://example.com/ref-video-8s.mp4",
    },
}


def call(method: str, path: str, body: object = None) -> Any:
    """One JSON exchange; anything but a 2xx raises."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "Idempotency-Key": "first-task"}
    request = Request(ORIGIN + path, None if body is None else json.dumps(body).encode(), headers, method=method)
    with urlopen(request, timeout=10) as response:
        return json.load(response)


call("PATCH", f"/_mock/accounts/{KEY}/clock", {"mode": "auto"})
task = call("POST", "/api/v1/tasks", BODY)
seen = [task["status"]]
while seen[-1] in ("queued", "processing"):
    task = call("GET", f"/api/v1/tasks/{task['task_id']}")
    seen += [task["status"]] if task["status"] != seen[-1] else []
url = task["output"]["videos"][0]["url"]
with urlopen(url, timeout=10) as response:
    size_bytes = len(response.read())
print(f"{' → '.join(seen)}, {size_bytes} bytes of video, charged {task['cost_actual']}")
