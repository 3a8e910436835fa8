"""The six clients: how each is started, what it claims, and what has to be there for it."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Real:
    """A client, how it is started, and what it cannot be started without; `package` is a folder that npm makes."""

    program: str
    interpreter: str
    tools: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    package: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return Path(self.program).parent.name

    @property
    def argv(self) -> tuple[str, str]:
        """The command that it is."""
        return self.interpreter, str(FOLDER / self.program)

    @property
    def profile(self) -> Path:
        """The file that says what it claims."""
        return (FOLDER / self.program).with_name("profile.toml")

    def missing(self) -> Iterator[str]:
        """What it needs and this machine does not have."""
        for tool in (self.interpreter, *self.tools):
            if shutil.which(tool) is None:
                yield f"{tool} is not on PATH"
        for module in self.modules:
            if find_spec(module) is None:
                yield f"the Python package {module} is not installed"
        if self.package and not (FOLDER / self.package).is_dir():
            yield f"npm install has not been run in {self.name}"


CLIENTS = (
    Real("python_httpx/client.py", sys.executable, modules=("httpx", "stamina")),
    Real("python_requests/client.py", sys.executable, modules=("requests",)),
    Real("node_fetch/client.mjs", "node"),
    Real("node_got/client.mjs", "node", package="node_got/node_modules/got"),
    Real("java/Client.java", "java", tools=("javac",)),
    Real("bash/client.sh", "bash", tools=("curl", "jq")),
)
