"""One request to the public API, its headers read once; and how it is refused."""

import re
from dataclasses import dataclass
from functools import lru_cache

from mockserver.accounts import Account
from mockserver.dialect import Dialect
from mockserver.http import Answer, Draft, Receive, Scope
from mockserver.problems import Problem
from mockserver.records import Why
from mockserver.settings import Settings
from mockserver.tasks import Service
from mockserver.tasks.tenants import bearer
from mockserver.wire import errors, redact

LONGEST_HOST = 300
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\Z")


@dataclass(slots=True)
class Request:
    """`headers` holds the last of each name, as Starlette's `scope` gives them: lower-case bytes.

    `is_read` says that a handler has taken care of the body.
    """

    service: Service
    scope: Scope
    receive: Receive
    draft: Draft
    headers: dict[bytes, bytes]
    api_key: str | None
    task_id: str = ""
    is_read: bool = False

    @classmethod
    def of(cls, service: Service, scope: Scope, receive: Receive, draft: Draft) -> "Request":
        headers = dict(scope["headers"])
        return cls(service, scope, receive, draft, headers, bearer(headers.get(b"authorization", b"")))

    def enter(self, account: Account) -> None:
        """From here on the exchange is the account's: its journal, its clock."""
        self.draft.account_id = account.account_id
        self.draft.at_ms = account.now_ms(self.service.wall_ms())

    @property
    def host(self) -> str:
        """The host the client called, as it wrote it; the bound one if it wrote none, or no good one."""
        given = self.headers.get(b"host", b"")
        if len(given) <= LONGEST_HOST and (host := _authority(given)):
            return host
        name, port = self.scope.get("server") or (self.service.settings.host, self.service.settings.port)
        return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"

    def base_url(self) -> str:
        """Where output URLs start: `--public-url`, the output listener, or the host the client called."""
        settings: Settings = self.service.settings
        if settings.public_url is not None:
            return settings.public_url.rstrip("/")
        host = self.host
        if settings.output_port is not None:
            host = f"{host.rpartition(':')[0] if _has_port(host) else host}:{settings.output_port}"
        return f"{self.scope.get('scheme', 'http')}://{host}"

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which this server is itself addressed in an input (API.md §5, point 2)."""
        public_url = self.service.settings.public_url
        public = {public_url.partition("://")[2].partition("/")[0].lower()} if public_url else set()
        return frozenset({self.host.lower(), *public})


@lru_cache(maxsize=256)
def _authority(given: bytes) -> str | None:
    """What `Host` says, if it is a host: nothing else, and no API key, may come to stand in a URL."""
    host = given.decode("latin-1")
    return host if _HOST.match(host) and redact.text(host) == host else None


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit()


def dialect_of(request: Request, account: Account | None) -> Dialect:
    """The account's dialect; where there is no account to ask, the server's own."""
    return account.dialect if account else request.service.settings.dialect


async def refuse_at_home(request: Request, problem: Problem) -> Answer:
    """Refuse in the name of the key's account; a disabled or deleted key, too, tells whose journal this belongs to."""
    store = request.service.store
    key = await store.find_key(request.api_key) if request.api_key else None
    return refuse(request, await store.account(key.account_id) if key else None, problem)


def refuse(request: Request, account: Account | None, problem: Problem) -> Answer:
    """Render a refusal, and note for `explain` why it came to that."""
    draft = request.draft
    if account is not None and draft.account_id is None:
        request.enter(account)
    clause = problem.details[0].clause if problem.details else problem.refusal.clause
    draft.why = Why(clause, problem.message, problem.settings, problem.details, problem.holder, problem.differs)
    status, content_type, body = errors.render(problem, dialect_of(request, account), draft.request_id)
    length = b"%d" % len(body)
    headers = [(b"content-type", content_type), (b"content-length", length), *errors.headers(problem, status)]
    return Answer(status, body, headers)
