"""Where a server's settings come from, which source wins, and what is said of a bad one."""

from pathlib import Path

import pytest
from typer.main import get_command

from mockserver.cli.commands import app
from mockserver.cli.load import load, scan
from mockserver.cli.options import OPTIONS, BadOption
from mockserver.settings import Settings


def test_defaults() -> None:
    """Nothing said, nothing changed."""
    assert load({}, {}) == Settings()


def test_every_source_and_which_wins(tmp_path: Path) -> None:
    """A flag wins over the environment, the environment over the file; each decides what the others leave out."""
    config = tmp_path / "mock.toml"
    config.write_text('port = 1\nspeed = 2\ntiming = "instant"\nmagic = false\nset = {create_status = 201}\n')
    environ = {
        "MINDVIDEO_MOCK_CONFIG": str(config),
        "MINDVIDEO_MOCK_PORT": "2",
        "MINDVIDEO_MOCK_SPEED": "3",
        "MINDVIDEO_MOCK_SET": "create_status=202,pending_fields=null",
        "MINDVIDEO_MOCK_KEYS": "",
        "OTHER": "x",
    }
    settings = load({"port": "3", "set": ["validation_status=422"]}, environ)
    assert (settings.port, settings.speed, settings.timing, settings.magic) == (3, 3, "instant", False)
    spoken = settings.dialect
    assert (spoken.create_status, spoken.pending_fields, spoken.validation_status) == (202, "null", 422)
    assert settings.keys == "open"


def test_every_option_from_every_source(tmp_path: Path) -> None:
    """Each option can be a flag, a variable or a member of the file, and means the same."""
    dialect = tmp_path / "dialect.toml"
    dialect.write_text("create_status = 202\n")
    texts = {
        "host": "localhost",
        "port": "9000",
        "output_port": "9001",
        "public_url": "https://mock.example/x",
        "keys": "strict",
        "timing": "realistic",
        "speed": "2.5",
        "clock": "auto",
        "media": "fetch",
        "fetch_host": "a.example,*.b.example",
        "fetch_private": "yes",
        "dialect": str(dialect),
        "set": "rate_limit=3/60,idempotency_ttl_s=1.5",
        "seed": "-7",
        "store": "postgresql://me@host/mindvideo",
        "workers": "3",
        "admin_token": "secret",
        "journal_size": "10",
        "snapshot_limit": "0",
        "media_limit_mb": "7",
        "magic": "off",
        "log_format": "json",
        "access_log": "true",
        "loop": "asyncio",
        "http": "h11",
    }
    assert [*texts, "config"] == [option.name for option in OPTIONS]
    environ = {f"MINDVIDEO_MOCK_{name.upper()}": text for name, text in texts.items()}
    from_environment = load({}, environ)
    flags: dict[str, object] = {**texts, "fetch_private": True, "magic": False, "access_log": True}
    lists: dict[str, object] = {"fetch_host": texts["fetch_host"].split(","), "set": texts["set"].split(",")}
    assert load(flags | lists, {}) == from_environment
    config = tmp_path / "mock.toml"
    config.write_text("""
        host = "localhost"
        port = 9000
        output-port = 9001
        public_url = "https://mock.example/x"
        keys = "strict"
        timing = "realistic"
        speed = 2.5
        clock = "auto"
        media = "fetch"
        fetch_host = ["a.example", "*.b.example"]
        fetch_private = true
        dialect = "dialect.toml"
        seed = -7
        store = "postgresql://me@host/mindvideo"
        workers = 3
        admin_token = "secret"
        journal_size = 10
        snapshot-limit = 0
        media_limit_mb = 7
        magic = false
        log_format = "json"
        access_log = true
        loop = "asyncio"
        http = "h11"
        [set]
        rate_limit = "3/60"
        idempotency_ttl_s = 1.5
    """)
    assert load({"config": str(config)}, {}) == from_environment
    assert from_environment.fetch_hosts == ("a.example", "*.b.example")
    assert from_environment.dialect.create_status == 202
    unchanged = [name for name in Settings.__slots__ if getattr(from_environment, name) == getattr(Settings(), name)]
    assert unchanged == ["body_limit_bytes", "body_timeout_s"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("port", "eighty", "--port must be a whole number from 0 to 65535, not 'eighty'"),
        ("port", "65536", "--port must be a whole number"),
        ("port", "-1", "--port must be a whole number"),
        ("port", "\u0665", "--port must be a whole number"),
        ("host", "", "--host must be text, not ''"),
        ("host", "a\nb", "--host must be text"),
        ("public_url", "ftp://a", "--public-url must be an http(s) URL"),
        ("public_url", "http://", "--public-url must be"),
        ("public_url", "http://a?b", "--public-url must be"),
        ("public_url", "http://[a", "--public-url must be"),
        ("keys", "closed", "--keys must be open or strict, not 'closed'"),
        ("timing", "slow", "--timing must be instant, fast or realistic, not 'slow'"),
        ("speed", "nan", "--speed must be a number from 0 to 1000000"),
        ("speed", "-1", "--speed must be"),
        ("speed", "1e9", "--speed must be"),
        ("fetch_host", ["", "a"], "--fetch-host must be a list of host names"),
        ("fetch_host", [" "], "--fetch-host must be"),
        ("set", ["create_status"], "--set must be name=value, not ['create_status']"),
        ("set", ["create_status=299"], "--set: create_status: 'create_status' must be one of 200, 201, 202."),
        ("set", ["a=1", "b=2"], r"--set: a: This is no setting; there are create_status, .*\(and 1 more\)"),
        ("store", "mysql://root:pa55@host/db", "--store must be memory, sqlite:///FILE or postgresql://[^,]*$"),
        ("store", "sqlite://", "--store must be memory, sqlite:///FILE or postgresql://[^,]*$"),
        ("store", "sqlite:///:memory:", "--store must be memory, sqlite:///FILE or postgresql://[^,]*$"),
        ("store", "postgresql://host", "--store must be memory, sqlite:///FILE or postgresql://[^,]*$"),
        ("store", "postgresql://host:x/db", "--store must be memory, sqlite:///FILE or postgresql://[^,]*$"),
        ("workers", "0", "--workers must be a whole number from 1 to 64, not .0."),
        ("workers", "2", "2 workers need --store postgresql://…: memory is for one process"),
        ("admin_token", "a b", "--admin-token must be visible ASCII text$"),
        ("admin_token", "\u00e4", "--admin-token must be visible ASCII text$"),
        ("journal_size", "0", "--journal-size must be a whole number from 1 to 10000000"),
        ("snapshot_limit", "-1", "--snapshot-limit must be a whole number from 0 to 1000000"),
        ("media_limit_mb", "1.5", "--media-limit-mb must be a whole number from 0 to 1000000"),
        ("dialect", "/no/such/file", "cannot read /no/such/file: no such file or directory"),
        ("config", "/no/such/file", "cannot read /no/such/file: no such file or directory"),
        ("config", "/", "cannot read /: is a directory"),
        ("host", "mv_live_secret\n", r"--host must be text, not 'mv_live_\*\*\*\\n'"),
    ],
)
def test_bad_values(name: str, value: object, said: str) -> None:
    """What is wrong is said in one line that names the flag, never with a token or a key."""
    pattern = (
        said if "\\" in said or said.endswith("$") else said.replace("[", r"\[").replace("(", r"\(").replace(")", r"\)")
    )
    with pytest.raises(BadOption, match=f"^{pattern}") as refused:
        load({name: value}, {})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("MINDVIDEO_MOCK_PORT", "x", "MINDVIDEO_MOCK_PORT must be a whole number from 0 to 65535, not 'x'"),
        ("MINDVIDEO_MOCK_MAGIC", "maybe", "MINDVIDEO_MOCK_MAGIC must be true or false, not 'maybe'"),
        ("MINDVIDEO_MOCK_PROT", "1", r"variable MINDVIDEO_MOCK_PROT is unknown \(did you mean MINDVIDEO_MOCK_PORT\?\)"),
        ("MINDVIDEO_MOCK_XYZZY", "1", "variable MINDVIDEO_MOCK_XYZZY is unknown$"),
    ],
)
def test_bad_environment(variable: str, value: str, said: str) -> None:
    """A bad variable is named; so is one that is nearly right."""
    with pytest.raises(BadOption, match=said):
        load({}, {variable: value})


def test_variables_of_others() -> None:
    """What Kubernetes makes of a service of this name, and what the pytest plugin reads, is left alone."""
    environ = {
        "MINDVIDEO_MOCK_PORT": "tcp://10.0.0.1:8000",
        "MINDVIDEO_MOCK_PORT_8000_TCP_ADDR": "10.0.0.1",
        "MINDVIDEO_MOCK_SERVICE_HOST": "10.0.0.1",
        "MINDVIDEO_MOCK_URL": "http://127.0.0.1:8000",
    }
    assert load({}, environ) == Settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = ", "is no TOML file: "),
        ("prot = 1", r": the option prot is unknown \(did you mean port\?\)"),
        ("xyzzy = 1", ": the option xyzzy is unknown$"),
        ('config = "other.toml"', ": the option config is unknown"),
        ("port = true", ": port must be a whole number from 0 to 65535, not True"),
        ("port = 1.5", ": port must be a whole number"),
        ("speed = true", ": speed must be a number"),
        ("host = 1", ": host must be text, not 1"),
        ("fetch_host = 1", ": fetch_host must be a list of host names, not 1"),
        ("magic = 2", ": magic must be true or false"),
        ('dialect = "none.toml"', "cannot read .*none.toml: no such file"),
        ("set = {create_status = 1}", "--set: create_status: "),
    ],
)
def test_bad_file(tmp_path: Path, text: str, said: str) -> None:
    """What is wrong in a file is said with the name of the file."""
    config = tmp_path / "mock.toml"
    config.write_text(text)
    with pytest.raises(BadOption, match=said):
        load({"config": str(config)}, {})


def test_bad_dialect_file(tmp_path: Path) -> None:
    """A dialect file that is none is named, with its first fault."""
    dialect = tmp_path / "dialect.toml"
    for text, said in (
        ("create_status = 1", "dialect.toml: create_status: "),
        ("create", "dialect.toml: This is no TOML"),
    ):
        dialect.write_text(text)
        with pytest.raises(BadOption, match=said):
            load({"dialect": str(dialect)}, {})


COMMAND_LINES = [
    [],
    ["--port", "1", "--host=::1"],
    ["--port", "1", "--port", "2"],
    ["--set", "a=b", "--set=c=d=e", "--fetch-host", "x"],
    ["--no-magic", "--access-log", "--magic", "--no-fetch-private"],
    ["--seed", "-5", "--host="],
]


@pytest.mark.parametrize("arguments", COMMAND_LINES, ids=" ".join)
def test_both_readers_of_flags_agree(arguments: list[str]) -> None:
    """What the quick reader makes of a command line is what Typer makes of it."""
    command = get_command(app).get_command(None, "serve")  # type: ignore[attr-defined]
    context = command.make_context("serve", list(arguments))
    params = {name: list(value) if isinstance(value, tuple) else value for name, value in context.params.items()}
    assert scan(arguments) == {name: value for name, value in params.items() if value not in (None, [])}


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--port"], ["--prot", "1"], ["extra"], ["--magic=1"], ["--host", "--port", "1"]],
    ids=" ".join,
)
def test_the_unusual_is_left_to_typer(arguments: list[str]) -> None:
    """Help and mistakes are Typer's matter."""
    assert scan(arguments) is None
