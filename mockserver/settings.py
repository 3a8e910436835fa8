"""What the person who starts a server decides; the same for every account until the account says otherwise."""

from dataclasses import dataclass, field
from typing import Literal

from mockserver.dialect import DEFAULT, Dialect

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Settings:
    """The defaults are those of `mindvideo-mock serve` without flags (API.md §5, §7, §9)."""

    host: str = "127.0.0.1"
    port: int = 8000
    output_port: int | None = None
    public_url: str | None = None
    keys: Literal["open", "strict"] = "open"
    timing: Literal["instant", "fast", "realistic"] = "fast"
    speed: float = 1
    clock: Literal["real", "frozen", "auto"] = "real"
    media: Literal["assume", "fetch", "reject"] = "assume"
    fetch_hosts: tuple[str, ...] = ("*",)
    fetch_private: bool = False
    dialect: Dialect = field(default=DEFAULT)
    seed: int = 0
    store: str = field(default="memory", repr=False)
    workers: int = 1
    admin_token: str | None = field(default=None, repr=False)
    journal_size: int = 1000
    snapshot_limit: int = 100
    media_limit_mb: int = 256
    magic: bool = True
    log_format: Literal["text", "json"] = "text"
    access_log: bool = False
    loop: Literal["uvloop", "asyncio"] = "uvloop"
    http: Literal["httptools", "h11"] = "httptools"
    body_limit_bytes: int = 10 * MIB
    body_timeout_s: float = 30
