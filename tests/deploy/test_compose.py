"""The composition from official images: valid, and the same system as the local launcher's."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.bus import Bus
from deploy.local.kafka import BROKER
from deploy.local.service import USUAL_PORTS, ServiceProcess, common_settings

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
POM = ROOT / "deploy" / "kafka" / "pom.xml"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The composition's services, its anchors filled in."""
    read: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return dict(read["services"])


def _check(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_composition_follows_the_compose_specification() -> None:
    done = _check(FILE)

    assert done.returncode == 0, done.stdout


def test_a_composition_that_does_not_follow_it_is_caught(tmp_path: Path) -> None:
    planted = tmp_path / "docker-compose.yml"
    planted.write_text(FILE.read_text().replace("    restart: unless-stopped", "    restart: [always]", 1))

    done = _check(planted)

    assert done.returncode == 1


def test_it_has_the_launcher_s_parts(services: dict[str, Any]) -> None:
    assert services.keys() == {"kafka", "mongo", "prepare", *USUAL_PORTS}


@pytest.mark.parametrize("name", USUAL_PORTS)
def test_a_service_has_the_settings_and_the_port_the_launcher_gives_it(
    services: dict[str, Any], name: str, tmp_path: Path
) -> None:
    given = services[name]["environment"]
    port = USUAL_PORTS[name]
    urls = {each: f"http://{each}:{port}" for each, port in USUAL_PORTS.items()}
    shared = common_settings(Bus("kafka:9092"), ["37"], "mongodb://mongo:27017", tmp_path, urls)
    own = ServiceProcess(name, port, log=tmp_path / "log").own_settings()

    # In a container certification listens where nobody outside reaches it, so its public address is said.
    said = {"OCOP_PUBLIC_URL"} if name == "certification" else set[str]()
    assert given.keys() == shared.keys() | own.keys() | said
    assert {key: given[key] for key in own if key != "OCOP_HTTP_HOST"} == {
        key: value for key, value in own.items() if key != "OCOP_HTTP_HOST"
    }
    assert services[name]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert services[name]["command"] == ["python", "-m", f"services.{name}"]


@pytest.mark.parametrize("name", ["OCOP_JWKS", "OCOP_SERVICE_TOKEN_FILE", "OCOP_CLOCK_FILE", "OCOP_FILES"])
def test_keys_clock_and_files_lie_where_prepare_puts_them(services: dict[str, Any], name: str) -> None:
    folder = Path(services["prepare"]["environment"]["OCOP_FOLDER"])
    launcher = common_settings(Bus("kafka:9092"), ["37"], "", folder, {})

    assert services["dossier"]["environment"][name] == launcher[name]


@pytest.mark.parametrize(("setting", "value"), BROKER.items())
def test_its_broker_is_set_as_the_launcher_s(services: dict[str, Any], setting: str, value: str) -> None:
    variable = "KAFKA_" + setting.upper().replace(".", "_")

    assert services["kafka"]["environment"][variable] == value


def test_its_broker_is_of_the_launcher_s_version(services: dict[str, Any]) -> None:
    version = services["kafka"]["image"].partition(":")[2]

    assert f"<kafka.version>{version}</kafka.version>" in POM.read_text()
