"""`check` and `replay` as Typer shows them."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import typer

CHECK = """Hold a client of the API to its contract.

Lives are made up for it: valid requests, tasks that go well or badly, faults of the server and the network. Of each
promise that it breaks the smallest life is shown in which it does.

\b
mindvideo-mock check --command "node client.mjs"
mindvideo-mock check --function shop.video:generate --profile client.toml
mindvideo-mock check --worker "java Worker" --jobs 2 --lives 1000 --seed random
mindvideo-mock check --command ./client --only K6,L1 --report html report.html --emit-pytest test_client.py

The client is told where the API is by MINDVIDEO_BASE_URL and MINDVIDEO_API_KEY, gets {"model", "input"} as JSON on
standard input, and says how it ended in the last line that it prints: {"outcome": "succeeded", "task_id", "urls"}.

Exit codes: 0 every promise was kept, 1 one was broken, 2 a command that cannot be obeyed, or an error of the harness.
"""

REPLAY = """Let a client live one life again, as a check printed it.

\b
mindvideo-mock replay mv1.eNqr... --command "node client.mjs"
mindvideo-mock replay mv1.eNqr... --function shop.video:generate --times 10

Exit codes: 0 nothing was broken, 1 a promise was, 2 a command that cannot be obeyed, or an error of the harness.
"""


@dataclass(frozen=True, slots=True)
class Flag:
    """One option; `more` goes to Typer as it is."""

    name: str
    kind: Any
    help: str
    metavar: str | None = None
    more: tuple[tuple[str, Any], ...] = ()


SWITCH = bool | None
WHOLE = int | None
NUMBER = float | None
TEXT = str | None
TEXTS = list[str] | None
SOME = (("min", 1),)

CLIENT = (
    Flag("command", TEXT, "A command, in any language: one process for each run.", "CMD"),
    Flag("worker", TEXT, "A command that stays: one JSON line in, one out, for each run.", "CMD"),
    Flag("function", TEXT, "A Python function; its waiting takes no time.", "MODULE:NAME"),
    Flag("compress", NUMBER, "Let a command's time run so many times faster, by libfaketime.", "N", SOME),
    Flag("profile", TEXT, "What the client claims about itself, as TOML; the flags below win over it.", "FILE"),
    Flag("sends-idempotency-key", SWITCH, "It claims that every create carries a key. [default: it does]"),
    Flag("max-attempts", TEXT, "Its claim: sends of one operation after transient faults.", "N"),
    Flag("request-timeout-s", TEXT, "Its claim: the timeout of one request.", "S"),
    Flag("deadline-s", TEXT, "Its claim: when it gives up.", "S"),
    Flag("poll-interval-s", TEXT, "Its claim: the shortest and longest wait between polls.", "MIN,MAX"),
    Flag("downloads", SWITCH, "Its claim: it downloads the result. [default: it does not]"),
    Flag("retries-create", SWITCH, "Its claim: it sends a create again after a transient fault. [default: it does]"),
    Flag("only", TEXTS, "Judge these obligations alone; repeat it, or separate them by commas.", "ID"),
    Flag("json", SWITCH, "Print JSON.", None, (("bare", True),)),
)

OF_A_CHECK = (
    Flag("lives", WHOLE, "How many lives at most. [default: 400]", "N", SOME),
    Flag("max-time", NUMBER, "Begin no life after so many seconds.", "S", (("min", 0),)),
    Flag("seed", TEXT, "Of what is drawn: a whole number, or random. [default: 0]", "N|random"),
    Flag("jobs", WHOLE, "Lives side by side. [default: command 6, worker 12, function 1]", "N", SOME),
    Flag("dialects", Literal["default", "each", "all"] | None, "How the server answers where nobody's documents say."),
    Flag("models", TEXTS, "Models to ask for; repeat it, or separate them by commas.", "SLUG"),
    Flag("strict", SWITCH, "Warnings fail, and so does a must that no life put to the test.", None, (("bare", True),)),
    Flag("fail-fast", SWITCH, "Begin no more lives once a promise is broken.", None, (("bare", True),)),
    Flag("known-failing", TEXT, 'Obligations that are expected to fail, as TOML: K8 = "reason".', "FILE"),
    Flag("report", TEXTS, "Also write a report; may be repeated.", "json|junit|html PATH"),
    Flag("emit-pytest", TEXT, "Write a test for each counterexample.", "FILE"),
)

OF_A_REPLAY = (Flag("times", WHOLE, "How often. [default: 1]", "N", SOME),)


def add_hold_commands(app: typer.Typer) -> None:
    """Add both."""

    def check(**flags: Any) -> int:
        from mockserver.cli import check, holding

        return holding.guarded(check.run, _given(flags))

    def replay(**flags: Any) -> int:
        from mockserver.cli import holding, replay

        return holding.guarded(replay.run, _given(flags))

    token = Annotated[str, typer.Argument(metavar="TOKEN", help="The life: what a check printed, mv1.…")]
    named = inspect.Parameter("token", inspect.Parameter.KEYWORD_ONLY, annotation=token)
    _add(app, check, CHECK, [_parameter(flag) for flag in (*CLIENT, *OF_A_CHECK)])
    _add(app, replay, REPLAY, [named, *(_parameter(flag) for flag in (*CLIENT, *OF_A_REPLAY))])


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value not in (None, [])}


def _add(app: typer.Typer, command: Callable[..., int], text: str, parameters: Sequence[inspect.Parameter]) -> None:
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    app.command(command.__name__, help=text)(command)


def _parameter(flag: Flag) -> inspect.Parameter:
    more = dict(flag.more)
    is_bare = more.pop("bare", False)
    written = f"--{flag.name}/--no-{flag.name}" if flag.kind == SWITCH and not is_bare else f"--{flag.name}"
    told = typer.Option(written, help=flag.help, metavar=flag.metavar, show_default=False, **more)
    name = flag.name.replace("-", "_")
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[flag.kind, told])


def joined(arguments: Sequence[str]) -> list[str]:
    """The command line with each `--report FORMAT PATH` as `--report FORMAT=PATH`: Typer takes but one value each."""
    words: list[str] = []
    rest = list(reversed(arguments))
    while rest:
        words.append(rest.pop())
        if words[-1] == "--report" and len(rest) > 1 and "=" not in rest[-1]:
            words.append(f"{rest.pop()}={rest.pop()}")
    return words
