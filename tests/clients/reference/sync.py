"""A blocking client that keeps every promise: standard library only, quick, and made to be varied.

Each method of `Client` is one decision. The clients in `tests/clients/broken` change one of them.
"""

import random
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from tests.clients.reference import answers
from tests.clients.reference.answers import Answer, Json, Operation, Verdict
from tests.clients.reference.transport import Http

Outcome = dict[str, Any]
Sleep = Callable[[float], object]


class Stopped(Exception):
    """The call ends without an end of the task."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class Client:
    """One call: one task is created and waited for."""

    http_class: ClassVar[type[Http]] = Http

    def __init__(self, base_url: str, api_key: str, request: Mapping[str, Any], sleep: Sleep) -> None:
        self.base_url = base_url.rstrip("/")
        self.api_key = api_key
        self.request = request
        self.sleep = sleep
        self.hints = answers.hints()
        self.ends_at_s = time.monotonic() + self.hints.deadline_s
        self.http = self.http_class(self.base_url)
        self.key = self.new_key()
        self.task_id: str | None = None
        self.http_status: int | None = None

    @classmethod
    def call(cls, base_url: str, api_key: str, request: Mapping[str, Any], sleep: Sleep) -> Outcome:
        """What the harness is given."""
        return cls(base_url, api_key, request, sleep).run()

    def run(self) -> Outcome:
        """Create, wait, report."""
        try:
            return self.ended(self.wait(self.create()))
        except Stopped as stop:
            return self.outcome(stop.outcome, message=str(stop))
        finally:
            self.http.close()

    def create(self) -> Json:
        """The task as the create shows it."""
        task = self.ask("create")
        self.task_id = task["task_id"]
        return task

    def wait(self, task: Json) -> Json:
        """The task at its end."""
        while not self.is_over(task):
            self.pause(self.interval_s())
            task = self.ask("read")
        return task

    def is_over(self, task: Json) -> bool:
        """Whether there is nothing to wait for; a status that nobody knows is none of the ends."""
        return task["status"] in answers.TERMINAL

    def ended(self, task: Json) -> Outcome:
        """The report on a task that came to its end; a success that brought nothing is none."""
        status, urls = task["status"], answers.urls(task)
        if status != "succeeded":
            return self.outcome(status, message=answers.why(task))
        if not urls:
            return self.outcome("failed", message="The task succeeded without output.")
        sizes = {"bytes": sum(map(self.download, urls))} if self.wants_downloads() else {}
        return self.outcome("succeeded", urls) | sizes

    def outcome(self, outcome: str, urls: list[str] | None = None, message: str = "") -> Outcome:
        """The report; whatever a server says, the key is not repeated."""
        return {
            "outcome": outcome,
            "task_id": self.task_id,
            "urls": urls or [],
            "http_status": self.http_status,
            "message": message.replace(self.api_key, "***") or None,
        }

    def ask(self, operation: Operation) -> Json:
        """The task in the answer to one operation; what time may mend is tried again."""
        failures = conflicts = 0
        while True:
            answer = self.send(operation, failures)
            self.http_status = answer.status
            verdict = self.verdict(operation, answer)
            if verdict == "task":
                return answer.document
            if verdict == "refused":
                raise Stopped("rejected", f"The server answered {answer.status}: {answers.code(answer)}.")
            if verdict == "in_flight":
                conflicts += 1
            else:
                failures += 1
            if failures >= self.max_attempts():
                raise Stopped("gave_up", f"The {operation} failed {failures} times: {answer.status or answer.error}.")
            waits_s = self.backoff_s(failures + conflicts)
            if operation == "read":
                waits_s = max(waits_s, self.interval_s())
            self.pause(waits_s, self.floor_s(operation, answer))

    def verdict(self, operation: Operation, answer: Answer) -> Verdict:
        """What to do upon an answer."""
        return answers.verdict(operation, answer)

    def max_attempts(self) -> int:
        """How often one operation is sent at most."""
        return answers.MAX_ATTEMPTS

    def interval_s(self) -> float:
        """The wait between two polls."""
        return self.hints.poll_interval_s

    def backoff_s(self, tries: int) -> float:
        """The wait after so many failed attempts: it doubles, with some jitter on top."""
        waits_s = self.hints.backoff_base_s * answers.BACKOFF_FACTOR ** (tries - 1)
        return waits_s * random.uniform(1, 1 + answers.JITTER)

    def floor_s(self, operation: Operation, answer: Answer) -> float:
        """What `Retry-After` demands."""
        return answers.retry_after_s(answer, time.time())

    def pause(self, waits_s: float, floor_s: float = 0) -> None:
        """Let time pass, not beyond the deadline; to be told to wait beyond it ends the call at once."""
        left_s = self.ends_at_s - time.monotonic()
        if floor_s > left_s:
            raise Stopped("gave_up", f"The server wants to be left alone for {floor_s:g} s.")
        waits_s = max(waits_s, floor_s)
        self.sleep(max(0.0, min(waits_s, left_s)))
        if waits_s >= left_s:
            raise Stopped("gave_up", "The deadline has come.")

    def new_key(self) -> str:
        """The idempotency key of this call."""
        return str(uuid.uuid4())

    def key_headers(self, failures: int) -> dict[str, str]:
        """The key, the same for every attempt."""
        return {"Idempotency-Key": self.key}

    def body(self, failures: int) -> bytes:
        """The same bytes for every attempt."""
        return answers.encode(self.request)

    def headers(self) -> dict[str, str]:
        """What every request to the API carries."""
        return {"Authorization": f"Bearer {self.api_key}", "Accept": "application/json"}

    def polled_id(self) -> str:
        """The id that is asked for."""
        assert self.task_id is not None
        return self.task_id

    def send(self, operation: Operation, failures: int) -> Answer:
        """One attempt; a redirect that stays at this origin is followed."""
        if operation == "read":
            return self.follow("GET", f"{answers.TASKS}/{quote(self.polled_id(), safe='')}", None, self.headers())
        headers = self.headers() | {"Content-Type": "application/json"} | self.key_headers(failures)
        return self.follow("POST", answers.TASKS, self.body(failures), headers)

    def follow(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """The answer at the end of a chain of redirects, or the one that leads too far."""
        url = self.base_url + path
        for _ in range(answers.HOPS):
            answer = self.exchange(method, url, body, headers)
            target = answers.location(answer, url)
            if target is None or not self.may_follow(target):
                return answer
            url = target
        return answer

    def may_follow(self, url: str) -> bool:
        """The key is for nobody else: another port of the same host is another origin."""
        return answers.origin(url) == answers.origin(self.base_url)

    def exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One request and its answer, within its timeout and the deadline."""
        left_s = max(self.ends_at_s - time.monotonic(), 0.001)
        return self.http.send(method, target_of(url), body, headers, min(self.hints.request_timeout_s, left_s))

    def wants_downloads(self) -> bool:
        """Whether the result is fetched as well."""
        return answers.wants_downloads()

    def download_headers(self) -> dict[str, str]:
        """The output host gets no credentials."""
        return {}

    def download(self, url: str) -> int:
        """How many bytes an output file has."""
        if answers.origin(url) is None:
            raise Stopped("gave_up", f"The file has no address to fetch it from: {url}")
        output = self.http_class(url)
        try:
            for failures in range(1, self.max_attempts() + 1):
                answer = output.send("GET", target_of(url), None, self.download_headers(), self.hints.request_timeout_s)
                if answer.status == 200:
                    return len(answer.body)
                if answers.verdict("read", answer) == "refused":
                    break
                self.pause(self.backoff_s(failures), answers.retry_after_s(answer, time.time()))
        finally:
            output.close()
        raise Stopped("gave_up", f"The file at {url} could not be fetched.")


def target_of(url: str) -> str:
    """Path and query, as a request line has them."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


client = Client.call
