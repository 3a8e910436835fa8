"""What `serve` can be told, as one table: each option is a flag, an environment variable and a member of a TOML file.

A flag wins over the environment, the environment over the file. Every value is read and judged here, wherever it
comes from, and what is wrong is said in one line that names its place.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mockserver.wire import redact

PREFIX = "MINDVIDEO_MOCK_"
MAX_SPEED = 1_000_000
MAX_JOURNAL = 10_000_000
MAX_SNAPSHOTS = 1_000_000
MAX_MEDIA_MB = 1_000_000
MAX_WORKERS = 64
SHOWN_CHARS = 60


class BadOption(Exception):
    """One line for the user; the exit code is 2."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of one kind are read. `read` takes text or what TOML gives, and raises ValueError for a bad value."""

    says: str
    read: Callable[[object], object]
    metavar: str = "TEXT"
    is_flag: bool = False
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """`name` is that of the field of `Settings`, too; with `_` it is the TOML member, with `-` the flag."""

    name: str
    kind: Kind
    help: str
    is_secret: bool = False

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        return f"{PREFIX}{self.name.upper()}"

    def judged(self, value: object, place: str) -> Any:
        """The value as `Settings` has it.

        Raises:
            BadOption: if it is none, naming the place it came from.
        """
        try:
            return self.kind.read(value)
        except (ValueError, OverflowError) as error:
            shown = "" if self.is_secret else f", not {redact.text(repr(value))[:SHOWN_CHARS]}"
            raise BadOption(f"{place} must be {self.kind.says}{shown}") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError
    return value


def _choice(*variants: str) -> Kind:
    def read(value: object) -> str:
        if value not in variants:
            raise ValueError
        return str(value)

    return Kind(" or ".join([", ".join(variants[:-1]), variants[-1]]), read, "|".join(variants))


def _whole(least: int, most: int, says: str) -> Kind:
    def read(value: object) -> int:
        if isinstance(value, str) and value.isascii():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError
        return value

    return Kind(says, read, "N")


def _speed(value: object) -> float:
    number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    if not 0 <= number <= MAX_SPEED:
        raise ValueError
    return number


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError


def _url(value: object) -> str:
    text = _text(value)
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError
    return text


def _token(value: object) -> str:
    text = _text(value)
    if not text.isascii() or " " in text:
        raise ValueError
    return text


def _words(value: object) -> tuple[str, ...]:
    """Repeated on the command line, a list in TOML, separated by commas in the environment."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple):
        raise ValueError
    words = tuple(_text(word).strip() for word in given)
    if not all(words):
        raise ValueError
    return words


def _settings(value: object) -> dict[str, object]:
    """`name=value` texts, or a table in TOML."""
    from mockserver.dialect import from_text

    if isinstance(value, dict):
        return value
    found: dict[str, object] = {}
    for word in _words(value):
        name, equals, text = word.partition("=")
        if not equals:
            raise ValueError
        found[name.strip()] = from_text(name.strip(), text.strip())
    return found


def _store(value: object) -> str:
    """`memory`, or the URL of a database; `postgres://` is what some name it."""
    text = _text(value)
    parts = urlsplit(text)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1 and ":memory:" not in text:
        return text
    if parts.scheme in ("postgres", "postgresql") and parts.path.strip("/") and parts.port != 0:
        return f"postgresql{text[len(parts.scheme) :]}"
    if text != "memory":
        raise ValueError
    return text


TEXT = Kind("text", _text)
FILE = Kind("the path of a TOML file", _text, "FILE")
STORE = Kind("memory, sqlite:///FILE or postgresql://USER@HOST/DATABASE", _store, "memory|URL")
SWITCH = Kind("true or false", _switch, is_flag=True)
PORT = _whole(0, 65535, "a whole number from 0 to 65535")
URL = Kind("an http(s) URL", _url, "URL")
SPEED = Kind(f"a number from 0 to {MAX_SPEED}", _speed, "N")
HOSTS = Kind("a list of host names", _words, "HOST", is_repeated=True)
ANSWERS = Kind("name=value", _settings, "NAME=VALUE", is_repeated=True)
SEED = _whole(-(2**53), 2**53, "a whole number of at most 2^53")
TOKEN = Kind("visible ASCII text", _token, "TOKEN")
WORKERS = _whole(1, MAX_WORKERS, f"a whole number from 1 to {MAX_WORKERS}")
JOURNAL = _whole(1, MAX_JOURNAL, f"a whole number from 1 to {MAX_JOURNAL}")
SNAPSHOTS = _whole(0, MAX_SNAPSHOTS, f"a whole number from 0 to {MAX_SNAPSHOTS}")
MEDIA_MB = _whole(0, MAX_MEDIA_MB, f"a whole number from 0 to {MAX_MEDIA_MB}")

OPTIONS: tuple[Option, ...] = (
    Option("host", TEXT, "Address to listen on; anything but loopback wants --admin-token."),
    Option("port", PORT, "Port to listen on; 0 takes a free one and prints it."),
    Option("output_port", PORT, "Port of a listener of its own for output files; 0 takes a free one."),
    Option("public_url", URL, "Where clients find this server: what output URLs start with."),
    Option("keys", _choice("open", "strict"), "open: any well-formed key opens an account; strict: created keys only."),
    Option("timing", _choice("instant", "fast", "realistic"), "How long tasks take: no time, 2.5 s, or minutes."),
    Option("speed", SPEED, "How many times faster than the wall's a real clock runs."),
    Option("clock", _choice("real", "frozen", "auto"), "How time runs; auto: a poll that finds no news moves it on."),
    Option("media", _choice("assume", "fetch", "reject"), "What to do with URLs of foreign media."),
    Option("fetch_host", HOSTS, "A host that --media fetch may ask; repeat it for more."),
    Option("fetch_private", SWITCH, "Let --media fetch ask private and loopback addresses."),
    Option("dialect", FILE, "Answers to the open questions: what 'mindvideo-mock dialect' prints."),
    Option("set", ANSWERS, "One answer to an open question; repeat it for more."),
    Option("seed", SEED, "Seed of everything that varies."),
    Option("store", STORE, "memory, sqlite:///FILE or postgresql://…: what outlives a restart.", is_secret=True),
    Option("workers", WORKERS, "Processes that share the port; more than one want --store postgresql://…"),
    Option("admin_token", TOKEN, "Demand this token for the control plane.", is_secret=True),
    Option("journal_size", JOURNAL, "Exchanges kept per account."),
    Option("snapshot_limit", SNAPSHOTS, "Snapshots kept per account; one more is refused."),
    Option("media_limit_mb", MEDIA_MB, "Megabytes of media files kept per account, with its snapshots."),
    Option("magic", SWITCH, "Obey markers such as [mock:failed] in prompts."),
    Option("log_format", _choice("text", "json"), "Form of the banner and of the log."),
    Option("access_log", SWITCH, "Print a line for each request."),
    Option("loop", _choice("uvloop", "asyncio"), "The event loop."),
    Option("http", _choice("httptools", "h11"), "The HTTP implementation."),
    Option("config", FILE, "Read options from this file."),
)
BY_NAME = {option.name: option for option in OPTIONS}
