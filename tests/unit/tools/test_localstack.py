"""How LocalStack runs here, and what a machine lacks for it."""

import os
import socket
import sys
from pathlib import Path

import pytest

from sluice_tools import emulator, localstack, localstack_docker, localstack_host
from sluice_tools.errors import ToolError
from sluice_tools.workspace import Workspace


def choose(forced: str, docker: str | None, host: str | None) -> str:
    return localstack.choose(forced, lambda: docker, lambda: host).mode


@pytest.mark.parametrize(
    ("forced", "docker", "host", "chosen"),
    [
        ("", None, None, "docker"),
        ("", "no daemon", None, "host"),
        ("", None, "no Java", "docker"),
        ("host", None, None, "host"),
        ("docker", None, None, "docker"),
    ],
)
def test_docker_comes_first_unless_told(forced: str, docker: str | None, host: str | None, chosen: str) -> None:
    assert choose(forced, docker, host) == chosen


@pytest.mark.parametrize(
    ("forced", "said"),
    [
        ("", "no daemon; host mode: no Java"),
        ("docker", "LOCALSTACK=docker: no daemon"),
        ("host", "can't run here: no Java"),
        ("dokcer", "docker, host, or not set"),
    ],
)
def test_what_is_lacking_is_said(forced: str, said: str) -> None:
    with pytest.raises(ToolError, match=said):
        choose(forced, "no daemon", "no Java")


def test_the_choice_tells_its_reason() -> None:
    choice = localstack.choose("", lambda: "no Docker daemon answers", lambda: None)
    assert str(choice) == "LocalStack 4.14.0, host mode: no Docker daemon answers"


def test_the_port_is_the_given_one_or_one_that_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    free = emulator.free_port()
    monkeypatch.setenv("LOCALSTACK_PORT", str(free))
    assert localstack.choose_port() == free
    monkeypatch.setenv("LOCALSTACK_PORT", "http")
    with pytest.raises(ToolError, match="LOCALSTACK_PORT=http"):
        localstack.choose_port()
    monkeypatch.delenv("LOCALSTACK_PORT")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(emulator, "DEFAULT_PORT", taken.getsockname()[1])
        other = localstack.choose_port()
        assert other != emulator.DEFAULT_PORT
        assert not emulator.port_is_taken(other)
        monkeypatch.setenv("LOCALSTACK_PORT", str(emulator.DEFAULT_PORT))
        with pytest.raises(ToolError, match="another program has it"):
            localstack.choose_port()
    monkeypatch.delenv("LOCALSTACK_PORT")
    assert localstack.choose_port() == emulator.DEFAULT_PORT


def test_another_package_of_the_same_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What npm gives must be what was looked at: its hash says."""
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text('#!/bin/sh\nwhile [ "$1" != --pack-destination ]; do shift; done\necho other > "$2/x.tgz"\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ToolError, match="its hash differs"):
        localstack_host.install(Workspace(tmp_path))
    assert not list((tmp_path / ".cache").iterdir())


def program(folder: Path, name: str, says: str, status: int = 0) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_a_shim_that_fails_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "shims", "python3.13", "not installed", status=127)
    program(tmp_path / "old", "python3.13", "3.12")
    right = program(tmp_path / "pyenv", "versions/3.13.9/bin/python3.13", "3.13")
    monkeypatch.delenv("PYTHON313", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:{tmp_path}/old:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "nowhere"))
    assert localstack_host.find_python() in (None, "/usr/bin/python3.13", "/bin/python3.13")
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:{tmp_path}/old")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert localstack_host.find_python() == str(right)


def test_a_given_python_is_taken_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = program(tmp_path, "mine", "3.13")
    monkeypatch.setenv("PYTHON313", str(given))
    assert localstack_host.find_python() == str(given)
    program(tmp_path, "mine", "3.11")
    with pytest.raises(ToolError, match=r"mine isn't a Python 3\.13"):
        localstack_host.find_python()


def test_a_machine_without_java_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON313", str(program(tmp_path, "python", "3.13")))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert localstack_host.lacks() == "not found: Java, for DynamoDB Local"
    program(tmp_path, "java", "")
    assert localstack_host.lacks() is None


def test_a_docker_client_without_a_daemon_is_not_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert localstack_docker.lacks() == "no Docker daemon answers"
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\n[ "$1" = info ]\n')
    docker.chmod(0o755)
    assert localstack_docker.lacks() == "neither `docker compose` nor `docker-compose` is installed"
    program(tmp_path, "docker-compose", "")
    assert localstack_docker.lacks() is None


@pytest.mark.parametrize(("machine", "platform"), [("x86_64", "x86_64"), ("arm64", "aarch64"), ("aarch64", "aarch64")])
def test_packages_are_for_lambda_and_not_for_this_python(machine: str, platform: str) -> None:
    deployment = localstack_docker.deployment(machine)
    assert deployment["SLUICE_LOCAL_RUNTIME"] == "python3.13"
    assert deployment["SLUICE_LOCAL_PLATFORM"] == f"manylinux_2_28_{platform}"


@pytest.mark.parametrize("compose", [["docker", "compose"], ["docker-compose"]], ids=["plugin", "old"])
def test_docker_is_started_waited_for_and_taken_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compose: list[str]
) -> None:
    """A compose of ours writes down what it was told, and answers as LocalStack's health."""
    told = tmp_path / "told"
    plugin_there = "exit 0" if compose[0] == "docker" else "exit 1"
    script = (
        "#!/bin/sh\n"
        f'if [ "$1 $2" = "compose version" ]; then {plugin_there}; fi\n'
        f'echo "$(basename $0) $* port=$LOCALSTACK_PORT" >> {told}\n'
        'case "$*" in\n'
        f"*up*) cd {tmp_path} && mkdir -p _localstack && touch _localstack/health &&\n"
        f"  {sys.executable} -m http.server --bind 127.0.0.1 $LOCALSTACK_PORT > {tmp_path}/log 2>&1 &\n"
        f"  echo $! > {tmp_path}/pid ;;\n"
        f"*down*) kill $(cat {tmp_path}/pid) ;;\n"
        "esac\n"
    )
    for name in ("docker", "docker-compose"):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    port = emulator.free_port()
    with localstack_docker.running(Workspace(tmp_path), port) as cloud:
        assert (cloud.name, cloud.endpoint_url) == ("localstack", f"http://127.0.0.1:{port}")
    front = f"{' '.join(compose)} --project-name sluice-localstack"
    assert told.read_text().splitlines() == [
        f"{front} up --detach port={port}",
        f"{front} down --volumes --remove-orphans port={port}",
    ]
