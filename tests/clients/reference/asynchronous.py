"""An asyncio client that keeps every promise, on httpx; written apart from the blocking one, as a user would."""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from tests.clients.reference import answers
from tests.clients.reference.answers import Answer, Json, Operation

Outcome = dict[str, Any]
Sleep = Callable[[float], Awaitable[object]]


class Stopped(Exception):
    """The call ends without an end of the task."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class Call:
    """One call: one task is created and waited for."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, api_key: str, sleep: Sleep) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._sleep = sleep
        self._hints = answers.hints()
        self._ends_at_s = time.monotonic() + self._hints.deadline_s
        self.task_id: str | None = None
        self.http_status: int | None = None

    async def run(self, request: Mapping[str, Any]) -> tuple[Json, int | None]:
        """The task at its end, and the size of its files where they are fetched.

        Raises:
            Stopped: if it was not seen to end.
        """
        body, key = answers.encode(request), str(uuid.uuid4())
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        task = await self._ask("create", "POST", answers.TASKS, body, headers)
        self.task_id = task["task_id"]
        path = f"{answers.TASKS}/{quote(task['task_id'], safe='')}"
        while task["status"] not in answers.TERMINAL:
            await self._pause(self._hints.poll_interval_s)
            task = await self._ask("read", "GET", path, None, {})
        if task["status"] != "succeeded" or not answers.wants_downloads():
            return task, None
        return task, sum([await self._download(url) for url in answers.urls(task)])

    async def _ask(
        self, operation: Operation, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Json:
        """The task in the answer to one operation; what time may mend is tried again, with the same bytes."""
        sent = {"Authorization": f"Bearer {self._api_key}", **headers}
        failures = conflicts = 0
        while True:
            answer = await self._follow(method, self._base_url + path, body, sent)
            self.http_status = answer.status
            verdict = answers.verdict(operation, answer)
            if verdict == "task":
                return answer.document
            if verdict == "refused":
                raise Stopped("rejected", f"The server answered {answer.status}: {answers.code(answer)}.")
            conflicts += verdict == "in_flight"
            failures += verdict == "again"
            if failures >= answers.MAX_ATTEMPTS:
                raise Stopped("gave_up", f"The {operation} failed: {answer.status or answer.error}.")
            await self._pause(self._backoff_s(failures + conflicts), answers.retry_after_s(answer, time.time()))

    async def _follow(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """The answer at the end of a chain of redirects, none of which leaves the origin."""
        for _ in range(answers.HOPS):
            answer = await self._exchange(method, url, body, headers)
            target = answers.location(answer, url)
            if target is None or answers.origin(target) != answers.origin(self._base_url):
                break
            url = target
        return answer

    async def _exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One request and its answer, the last byte of it included, within the timeout."""
        left_s = max(self._ends_at_s - time.monotonic(), 0.001)
        try:
            async with asyncio.timeout(min(self._hints.request_timeout_s, left_s)):
                response = await self._http.request(method, url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return Answer(None, error=str(error) or type(error).__name__)
        return Answer(response.status_code, response.headers.multi_items(), response.content)

    async def _download(self, url: str) -> int:
        """How many bytes an output file has; its host gets no credentials."""
        for failures in range(1, answers.MAX_ATTEMPTS + 1):
            answer = await self._exchange("GET", url, None, {})
            if answer.status == 200:
                return len(answer.body)
            if answers.verdict("read", answer) == "refused":
                break
            await self._pause(self._backoff_s(failures), answers.retry_after_s(answer, time.time()))
        raise Stopped("gave_up", f"The file at {url} could not be fetched.")

    def _backoff_s(self, tries: int) -> float:
        waits_s = self._hints.backoff_base_s * answers.BACKOFF_FACTOR ** (tries - 1)
        return waits_s * random.uniform(1, 1 + answers.JITTER)

    async def _pause(self, waits_s: float, floor_s: float = 0) -> None:
        """Let time pass, not beyond the deadline; to be told to wait beyond it ends the call at once."""
        left_s = self._ends_at_s - time.monotonic()
        if floor_s > left_s:
            raise Stopped("gave_up", f"The server wants to be left alone for {floor_s:g} s.")
        waits_s = max(waits_s, floor_s)
        await self._sleep(max(0.0, min(waits_s, left_s)))
        if waits_s >= left_s:
            raise Stopped("gave_up", "The deadline has come.")


async def client(base_url: str, api_key: str, request: Mapping[str, Any], sleep: Sleep) -> Outcome:
    """What the harness is given."""
    async with httpx.AsyncClient(verify=False, trust_env=False, timeout=None) as http:
        call = Call(http, base_url, api_key, sleep)
        try:
            task, size_bytes = await call.run(request)
        except Stopped as stop:
            return _outcome(call, stop.outcome, [], str(stop).replace(api_key, "***"))
        urls = answers.urls(task)
        if task["status"] == "succeeded" and not urls:
            return _outcome(call, "failed", [], "The task succeeded without output.")
        message = answers.why(task).replace(api_key, "***")
        found = _outcome(call, task["status"], urls if task["status"] == "succeeded" else [], message)
        return found if size_bytes is None else found | {"bytes": size_bytes}


def _outcome(call: Call, outcome: str, urls: list[str], message: str) -> Outcome:
    return {
        "outcome": outcome,
        "task_id": call.task_id,
        "urls": urls,
        "http_status": call.http_status,
        "message": message or None,
    }
