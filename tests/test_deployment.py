"""What compose.yaml and the Kubernetes example say holds together, and is something that the server understands."""

import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from mockserver.app import HEALTH
from mockserver.cli.load import load, scan
from mockserver.cli.options import PREFIX

ROOT = Path(__file__).parents[1]


def test_compose() -> None:
    """By default one server in memory; in the profile, workers that wait for a PostgreSQL under the name it has."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    by_default = [name for name, service in services.items() if "profiles" not in service]
    assert by_default == ["mindvideo"]
    replicas, database = services["replicas"], services["postgres"]
    assert load({}, replicas["environment"]).workers == 4
    given = database["environment"]
    user, password, name = (given[f"POSTGRES_{each}"] for each in ("USER", "PASSWORD", "DB"))
    assert replicas["environment"][f"{PREFIX}STORE"] == f"postgresql://{user}:{password}@postgres/{name}"
    assert replicas["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len({port.split(":")[1] for port in ports}) == len(ports)
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_kubernetes() -> None:
    """The service finds the pods, the probes the server, and the container starts one that may run there."""
    [example] = re.findall(r"```yaml\n(.*?)```", (ROOT / "mockserver" / "README.md").read_text(), re.DOTALL)
    deployment, service = yaml.safe_load_all(example)
    pod: dict[str, Any] = deployment["spec"]["template"]
    [container] = pod["spec"]["containers"]
    labels = pod["metadata"]["labels"]
    assert service["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"] == labels
    command, *flags = container["args"]
    assert command == "serve"
    settings = load(scan(flags) or {}, {each["name"]: "postgresql://me@host/mindvideo" for each in container["env"]})
    assert (settings.log_format, settings.store) == ("json", "postgresql://me@host/mindvideo")
    [port] = container["ports"]
    assert port["containerPort"] == load({}, {}).port
    assert container["readinessProbe"]["httpGet"] == {"path": HEALTH, "port": port["name"]}
    assert container["livenessProbe"]["tcpSocket"]["port"] == service["spec"]["ports"][0]["targetPort"] == port["name"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
