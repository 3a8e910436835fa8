"""One request to the public API, its headers read once; and how it is refused."""

from dataclasses import dataclass
from functools import lru_cache

from mockserver.accounts import Account
from mockserver.dialect import Dialect
from mockserver.http import Answer, Draft, Receive, Scope
from mockserver.origin import host_of, server_url
from mockserver.problems import Problem
from mockserver.records import Why
from mockserver.settings import Settings
from mockserver.tasks import Service
from mockserver.wire import errors


@dataclass(slots=True)
class Request:
    """`draft` holds what is known of it already; `is_read` says that a handler has taken care of the body."""

    service: Service
    scope: Scope
    receive: Receive
    draft: Draft
    is_read: bool = False

    def enter(self, account: Account) -> None:
        """From here on the exchange is the account's: its journal, its clock."""
        self.draft.account_id = account.account_id
        self.draft.at_ms = account.clock.now_ms(self.service.wall_ms())

    @property
    def host(self) -> str:
        """The host the client called."""
        return host_of(self.scope, self.draft.headers.get(b"host", b""), self.service.settings)

    def base_url(self) -> str:
        """Where output URLs start: `--public-url`, the output listener, or the host the client called."""
        settings: Settings = self.service.settings
        if settings.public_url is not None or settings.output_port is None:
            return server_url(self.scope, self.draft.headers.get(b"host", b""), settings)
        host = self.host
        name = host.rpartition(":")[0] if _has_port(host) else host
        return f"{self.scope.get('scheme', 'http')}://{name}:{settings.output_port}"

    def hosts(self) -> frozenset[str]:
        """The names under which this server is itself addressed in an input (API.md §5, point 2)."""
        return _names(self.host, self.service.settings.public_url)


@lru_cache(maxsize=64)
def _names(host: str, public_url: str | None) -> frozenset[str]:
    public = {public_url.partition("://")[2].partition("/")[0].lower()} if public_url else set()
    return frozenset({host.lower(), *public})


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit()


def dialect_of(request: Request, account: Account | None) -> Dialect:
    """The account's dialect; where there is no account to ask, the server's own."""
    return account.dialect if account else request.service.settings.dialect


async def refuse_at_home(request: Request, problem: Problem) -> Answer:
    """Refuse in the name of the key's account; a disabled or deleted key, too, tells whose journal this belongs to."""
    store, api_key = request.service.store, request.draft.api_key
    key = await store.find_key(api_key) if api_key else None
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
