"""Settings: each value is understood or stops the start; the value itself is pure, so most of this starts nothing."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from server_process import environment, run_server

from entrepot import configuration, setting_names
from entrepot.configuration import ConfigurationError, read_server
from entrepot.language import catalogue
from free_ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SECRET = "0123456789abcdef0123456789ABCDEF"


@pytest.mark.parametrize("text", ["1", "true", "YES", " On ", "required", "Required"])
def test_keys_are_required(text: str) -> None:
    assert read_server({"ENTREPOT_KEYS": text}).keys_required


@pytest.mark.parametrize("text", [None, "0", "False", "no", "OFF", "optional"])
def test_keys_are_optional(text: str | None) -> None:
    assert not read_server({} if text is None else {"ENTREPOT_KEYS": text}).keys_required


@pytest.mark.parametrize(("text", "on"), [("1", True), ("TRUE", True), ("yes", True), ("off", False), ("0", False)])
def test_https_is_a_boolean(text: str, on: bool) -> None:
    assert read_server({"ENTREPOT_HTTPS": text, "ENTREPOT_PROXIES": "127.0.0.1"}).https is on


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENTREPOT_KEYS", "require"),
        ("ENTREPOT_KEYS", "y"),
        ("ENTREPOT_KEYS", ""),
        ("ENTREPOT_HTTPS", "2"),
        ("ENTREPOT_HTTPS", " "),
        ("ENTREPOT_SECRET", "short"),
        ("ENTREPOT_SECRET", ""),
        ("ENTREPOT_SECRET", "x" * 31),
        ("ENTREPOT_SECRET", " " * 40),
        ("TZ", "Mars/Base"),
        ("TZ", "../../etc/passwd"),
        ("TZ", ":nowhere"),
        ("TZ", "/nowhere/at/all"),
        ("ENTREPOT_TABLE_ROWS", "abc"),
        ("ENTREPOT_TABLE_ROWS", "0"),
        ("ENTREPOT_TABLE_ROWS", "-1"),
        ("ENTREPOT_TABLE_ROWS", "1.5"),
        ("ENTREPOT_TABLE_ROWS", "1e6"),
        ("ENTREPOT_TABLE_ROWS", "٣"),
        ("ENTREPOT_TABLE_ROWS", "2000000001"),
        ("ENTREPOT_TABLE_BYTES", ""),
        ("ENTREPOT_TABLE_BYTES", "256 MB"),
        ("ENTREPOT_TABLES_BYTES", "9" * 4000),
        ("ENTREPOT_HOSTS", ""),
        ("ENTREPOT_HOSTS", ","),
        ("ENTREPOT_HOSTS", "https://server.example"),
        ("ENTREPOT_HOSTS", "server.example:8000"),
        ("ENTREPOT_HOSTS", "server.example/path"),
        ("ENTREPOT_HOSTS", "server_1.example"),
        ("ENTREPOT_HOSTS", "bücher.example"),
        ("ENTREPOT_HOSTS", "*.example"),
        ("ENTREPOT_HOSTS", "::1"),
        ("ENTREPOT_HOSTS", "[127.0.0.1]"),
        ("ENTREPOT_HOSTS", "server.example;www.server.example"),
        ("ENTREPOT_PROXIES", "nginx"),
        ("ENTREPOT_PROXIES", "10.0.0.1/8"),
        ("ENTREPOT_PROXIES", "127.0.0.1:8000"),
        ("ENTREPOT_PROXIES", "0.0.0.0/0"),
        ("ENTREPOT_PROXIES", "::/0"),
        ("ENTREPOT_PROXIES", "*"),
        ("ENTREPOT_LANG", "fr"),
    ],
)
def test_invalid_values_are_refused_with_the_variable_and_an_example(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_server({name: value})
    said = refused.value.message
    assert name in said
    assert "\n" not in said
    assert "Example" in said or "To create one" in said
    if value.strip() and name != "ENTREPOT_SECRET" and "," not in value and ";" not in value:
        assert ascii(value)[1:-1] in said or value.strip() in said
    if name == "ENTREPOT_SECRET" and value.strip():
        assert value not in said


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("mysql://u:HUSH@x/entrepot", '"mysql://…"'),
        ("postgres:u:HUSH@x/entrepot", '"…"'),
        ("u:HUSH@x://entrepot", '"…"'),
        ("sqlite://u:HUSH@x/entrepot", '"sqlite://…"'),
        ("sqlite:///", "does not name a database"),
        ("postgresql://u:HUSH@x/", "does not name a database"),
        ("postgresql://u:HUSH@x", "does not name a database"),
        ("postgresql://u:HUSH@x/a/b", "does not name a database"),
        ("postgresql://u:HUSH@x:port/entrepot", "no valid host and port"),
        ("postgresql://u:HUSH@x:70000/entrepot", "no valid host and port"),
        ("postgresql://u:HUSH@x:0/entrepot", "no valid host and port"),
        ("postgresql://u:HUSH/more@x/entrepot", "no valid host and port"),
        ("postgresql://u:a#HUSH@x/entrepot", "no valid host and port"),
        ("postgresql://u:HUSH@[x/entrepot", "no valid host and port"),
        ("postgresql://u:HUSH@/entrepot", "no valid host and port"),
        ("postgresql://u:p@x/entrepot?sslmod=HUSH", "sslmod="),
        ("", "is empty"),
    ],
)
def test_a_database_url_is_refused_without_showing_its_password(address: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_server({"ENTREPOT_DATABASE": address})
    assert says in refused.value.message
    assert "HUSH" not in repr(refused.value) + refused.value.message


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:p%40ss@db.example:5432/entrepot",
        "postgres://db.example/entrepot?sslmode=verify-full",
        "postgresql://u:p@[::1]:5432/entrepot",
        "postgresql:///entrepot",
        "sqlite:///srv/entrepot/desk.sqlite3",
    ],
)
def test_a_database_url_is_unchanged_and_not_shown(address: str) -> None:
    given = read_server({"ENTREPOT_DATABASE": address, "ENTREPOT_SECRET": SECRET})
    assert (given.database, given.secret) == (address, SECRET)
    assert address not in repr(given)
    assert SECRET not in repr(given)


def test_lists_are_separated_by_spaces_or_commas() -> None:
    given = read_server(
        {
            "ENTREPOT_HOSTS": "Server.example, .shop.example\n[::1] 10.0.0.7",
            "ENTREPOT_PROXIES": "127.0.0.1,fd00::/8 ::1",
        }
    )
    assert given.hosts == ("server.example", ".shop.example", "[::1]", "10.0.0.7")
    assert given.proxies == (ip_network("127.0.0.1"), ip_network("fd00::/8"), ip_network("::1"))
    assert read_server({"ENTREPOT_PROXIES": " "}).proxies == ()


def test_https_without_a_named_proxy_does_not_start() -> None:
    with pytest.raises(ConfigurationError, match=r"ENTREPOT_PROXIES=127\.0\.0\.1"):
        read_server({"ENTREPOT_HTTPS": "1"})


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("ENTREPOT_KEY", "ENTREPOT_KEYS"),
        ("ENTREPOT_HOST", "ENTREPOT_HOSTS"),
        ("ENTREPOT_TABLES_ROWS", "ENTREPOT_TABLE_ROWS"),
        ("ENTREPOT_PROXY", "ENTREPOT_PROXIES"),
        ("entrepot_keys", "ENTREPOT_KEYS"),
        ("ENTREPOT_SQUIRREL", ""),
        ("ENTREPOT_PORT", None),
    ],
)
def test_unknown_variables_are_refused(name: str, near: str | None) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_server({name: "8000"})
    assert refused.value.message.startswith(f"{name} is not a setting of Entrepot.")
    assert near is None or refused.value.near == near


def test_variables_of_kubernetes_services_are_ignored() -> None:
    # https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables: {SVCNAME}_SERVICE_HOST,
    # {SVCNAME}_SERVICE_PORT, and the variables of Docker links for each port.
    added = {
        "ENTREPOT_SERVICE_HOST": "10.0.0.11",
        "ENTREPOT_SERVICE_PORT": "8000",
        "ENTREPOT_SERVICE_PORT_HTTP": "8000",
        "ENTREPOT_PORT": "tcp://10.0.0.11:8000",
        "ENTREPOT_PORT_8000_TCP": "tcp://10.0.0.11:8000",
        "ENTREPOT_PORT_8000_TCP_PROTO": "tcp",
        "ENTREPOT_PORT_8000_TCP_PORT": "8000",
        "ENTREPOT_PORT_8000_TCP_ADDR": "10.0.0.11",
        "ENTREPOT_DB_SERVICE_HOST": "10.0.0.12",
    }
    assert read_server(added) == read_server({})


@pytest.mark.parametrize(
    ("text", "linked", "zone"),
    [
        ("Asia/Phnom_Penh", "nothing", "Asia/Phnom_Penh"),
        (":UTC", "nothing", "UTC"),
        (":/etc/localtime", "nothing", None),
        ("", "/usr/share/zoneinfo/Asia/Bangkok", "Asia/Bangkok"),
        ("/usr/share/zoneinfo/Asia/Bangkok", "nothing", "Asia/Bangkok"),
        ("", "nothing", "UTC"),
    ],
)
def test_the_time_zone_is_that_of_the_name_the_file_or_the_machine(text: str, linked: str, zone: str | None) -> None:
    found = configuration.time_zone({"TZ": text}, Path("/etc/localtime") if zone is None else Path(linked))
    assert found == (zone or configuration.time_zone({}))


def test_empty_folders_and_languages_count_as_not_set() -> None:
    empty = {"ENTREPOT_DATA": "", "ENTREPOT_CACHE": "", "ENTREPOT_PACKS": "", "ENTREPOT_LANG": "", "LANG": "vi_VN"}
    assert read_server(empty) == read_server({"LANG": "vi_VN"})
    assert configuration.packs_folder(empty) is None


def test_the_languages_are_those_of_the_catalogues() -> None:
    assert tuple(catalogue.LANGUAGES) == configuration.LANGUAGES


def read(**more: str) -> configuration.Configuration:
    return read_server({"ENTREPOT_DATA": more.pop("data"), **more})


def test_a_secret_is_created_once_and_only_its_user_can_read_it(tmp_path: Path) -> None:
    given = read(data=str(tmp_path))
    made = configuration.read_secret(given)
    assert len(made) >= configuration.MIN_SECRET
    assert configuration.read_secret(given) == made
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert configuration.read_secret(read(data=str(tmp_path), ENTREPOT_SECRET=SECRET)) == SECRET


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\xff" * 50, None])
def test_a_file_without_a_secret_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        (tmp_path / "secret").mkdir()
    else:
        (tmp_path / "secret").write_bytes(content)
    with pytest.raises(ConfigurationError, match="secret"):
        configuration.read_secret(read(data=str(tmp_path)))


@pytest.mark.parametrize("name", ["ENTREPOT_DATA", "ENTREPOT_CACHE", "ENTREPOT_DATABASE", "ENTREPOT_PACKS"])
def test_an_unusable_folder_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    value = str(tmp_path / "file" / "inside")
    given = {"ENTREPOT_DATA": str(tmp_path), name: f"sqlite://{value}/x" if name.endswith("BASE") else value}
    with pytest.raises(ConfigurationError) as refused:
        configuration.check_places(given)
    assert name in refused.value.message
    assert value in refused.value.message


def test_the_reference_describes_every_setting_and_no_other() -> None:
    text = (ROOT / "docs" / "reference" / "web-server.md").read_text()
    table = text[text.index("## Settings") : text.index("## The API")]
    described = re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)
    assert sorted(described) == sorted(setting_names.EXAMPLES)
    for name, (default, most) in configuration.SIZES.items():
        row = next(line for line in table.splitlines() if line.startswith(f"| `{name}`"))
        assert f"{default:,}" in row
        assert f"{most:,}" in row
    assert f"{configuration.MIN_SECRET} characters" in table


def test_variables_of_tests_and_scripts_are_known_to_the_server() -> None:
    files = [
        ROOT / "run",
        ROOT / "check",
        ROOT / "conftest.py",
        *ROOT.glob("tests/**/*.py"),
        *ROOT.glob("bench/**/*.py"),
    ]
    texts = [file.read_text() for file in files if file != Path(__file__).resolve()]
    named = {name for text in texts for name in re.findall(r"(?<![A-Z_])ENTREPOT_[A-Z][A-Z_]*", text)}
    assert named - set(setting_names.EXAMPLES) <= setting_names.DEVELOPMENT_VARIABLES


def test_the_environment_is_read_in_one_place() -> None:
    reading = re.compile(r"""environ(?:\.get\(|\[|ment\.get\(|ment\[)["']ENTREPOT_|getenv""")
    found = [
        f"{file.name}: {line.strip()}"
        for file in sorted((ROOT / "src").rglob("*.py"))
        if file.name != "configuration.py"
        for line in file.read_text().splitlines()
        if reading.search(line) and "] = " not in line
    ]
    assert found == []


@pytest.mark.parametrize(
    "command",
    [
        ("entrepot", "serve"),
        ("entrepot.web",),
        ("entrepot", "admin", "keeper"),
        ("entrepot", "keys", "list"),
        ("entrepot", "keys", "create", "shop", "--scope", "law"),
    ],
)
def test_an_invalid_setting_stops_every_command_of_the_server(tmp_path: Path, command: Any) -> None:
    env = environment(tmp_path, ENTREPOT_KEYS="require", ENTREPOT_LANG="en")
    run = [sys.executable, "-m", *command]
    done = subprocess.run(run, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith('error: ENTREPOT_KEYS is "require". Allowed: required, ')
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "more", "said"),
    [
        (("--port", "0"), {}, '--port is "0". Write a whole number from 1 to 65535. Example: --port 8000'),
        (("--port", "99999"), {}, '--port is "99999".'),
        (("--workers", "0"), {}, '--workers is "0". Write a whole number from 1 to 64.'),
        (("--workers", "two"), {}, '--workers is "two".'),
        (("--host", "no such host"), {}, '"no such host" is not an address of this machine.'),
        (("--workers", "2"), {"TZ": "Mars/Base"}, 'TZ is "Mars/Base"'),
        (("--workers", "2"), {"ENTREPOT_DATA": "/dev/null/x"}, "The folder /dev/null/x cannot be created"),
        (("--workers", "2"), {"ENTREPOT_KEY": "required"}, 'Did you mean "ENTREPOT_KEYS"?'),
    ],
)
def test_the_server_stops_with_one_sentence_and_starts_no_worker(
    tmp_path: Path, words: tuple[str, ...], more: dict[str, str], said: str
) -> None:
    env = environment(tmp_path, ENTREPOT_LANG="en") | more
    run = [sys.executable, "-m", "entrepot.web", *words]
    done = subprocess.run(run, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_commands_refuse_invalid_values_of_their_variables(tmp_path: Path) -> None:
    env = environment(tmp_path, ENTREPOT_LANG="fr")
    run = [sys.executable, "-m", "entrepot", "economies"]
    done = subprocess.run(run, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        'error: ENTREPOT_LANG is "fr". Allowed: en, zh, vi, th, km. Example: ENTREPOT_LANG=vi\n',
    )


def test_an_empty_secret_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    run = [sys.executable, "-m", "entrepot.web", "--port", str(free_port())]
    done = subprocess.run(run, env=environment(tmp_path), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert str(tmp_path / "secret") in done.stderr


@pytest.mark.long
def test_a_server_with_all_of_its_settings_starts(tmp_path: Path) -> None:
    more = {
        "ENTREPOT_KEYS": "yes",
        "ENTREPOT_HTTPS": "off",
        "ENTREPOT_SECRET": SECRET,
        "ENTREPOT_HOSTS": "127.0.0.1,server.example",
        "ENTREPOT_PROXIES": "10.0.0.0/8",
        "ENTREPOT_TABLE_ROWS": "1000",
        "ENTREPOT_CHROMIUM": "/usr/bin/chromium",
        "TZ": ":Asia/Phnom_Penh",
    }
    with run_server(tmp_path / "server", workers=2, background=0, **more) as server:
        assert server.get("/v1/economies").status_code == 401
        assert not (server.data / "secret").exists()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(120) == 0
