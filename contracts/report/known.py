"""`--known-failing FILE`: obligations that are expected to fail, each with the reason why."""

import tomllib
from pathlib import Path

from contracts.obligations.registry import OBLIGATIONS
from contracts.report import Unusable, words


def read(path: str) -> dict[str, str]:
    """The reason by id, from TOML such as `K8 = "keys are time stamps, ticket 12"`.

    Raises:
        Unusable: if the file is none, names what does not exist, or gives no reason.
    """
    found: dict[str, str] = {}
    for name, reason in table(path).items():
        if name not in OBLIGATIONS:
            raise Unusable(f"{path}: there is no obligation {words.clean(name)}; there are {', '.join(OBLIGATIONS)}")
        if not isinstance(reason, str) or not reason.strip():
            raise Unusable(f"{path}: {name} needs a reason, as text")
        found[name] = reason.strip()
    return found


def table(path: str) -> dict[str, object]:
    """A TOML file.

    Raises:
        Unusable: if it cannot be read, or is none.
    """
    try:
        return tomllib.loads(Path(path).read_bytes().decode())
    except OSError as error:
        raise Unusable(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise Unusable(f"{path} is no TOML file: {words.clean(str(error))}") from error
