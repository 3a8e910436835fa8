"""`mindvideo-mock dialect`: the open questions and their answers, as TOML that `--dialect` reads back."""

import json
from collections.abc import Sequence

from mockserver.cli import show
from mockserver.cli.load import dialect
from mockserver.cli.options import BY_NAME
from mockserver.dialect import Dialect, as_json, settings

HEAD = """\
# A dialect: one answer to each question that nobody's documents answer.
# Read it with: mindvideo-mock serve --dialect FILE
"""


def chosen(path: str | None, answers: Sequence[str]) -> Dialect:
    """The dialect that `--dialect` and `--set` describe.

    Raises:
        BadOption: if they describe none.
    """
    return dialect(path, BY_NAME["set"].judged(list(answers), "--set") if answers else {})


def print_all(spoken: Dialect, *, is_json: bool) -> None:
    """Every setting, with its variants and the reason for its default."""
    values = as_json(spoken)
    if is_json:
        show.json(values)
        return
    print(HEAD)
    for setting in settings():
        print(f"# {setting.why}")
        print(f"# {_sentence(setting.values)} Default: {json.dumps(setting.default)}. Clause {setting.clause}.")
        print(f"{setting.name} = {json.dumps(values[setting.name])}\n")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
