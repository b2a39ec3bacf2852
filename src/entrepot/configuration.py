"""configuration: every variable of the environment that Entrepot reads, checked, as one frozen value.

`read_server` gives the settings of the server, `data_folder`, `cache_folder`, `packs_folder`, `language` and
`traceback` those of the command line. A value that is not understood raises ConfigurationError: its sentence names the
variable, the value, what is allowed and an example. Secrets and passwords are in no message.

Only `make_folder`, `read_secret` and `check_places` write to the disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from entrepot.model.errors import WordedError, nearest

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

#: What the name of each variable of ours begins with.
OURS = "ENTREPOT_"
#: The name of each variable, with an example of its value.
EXAMPLES = {
    "ENTREPOT_DATA": "/srv/entrepot",
    "ENTREPOT_CACHE": "/var/cache/entrepot",
    "ENTREPOT_PACKS": "/srv/packs",
    "ENTREPOT_DATABASE": "postgresql://user:password@db.example:5432/entrepot",
    "ENTREPOT_SECRET": "python -c 'import secrets; print(secrets.token_urlsafe(50))'",
    "ENTREPOT_HOSTS": "desk.example www.desk.example",
    "ENTREPOT_HTTPS": "true",
    "ENTREPOT_PROXIES": "127.0.0.1 10.0.0.0/8",
    "ENTREPOT_KEYS": "required",
    "ENTREPOT_TABLE_ROWS": "20000000",
    "ENTREPOT_TABLE_BYTES": "268435456",
    "ENTREPOT_TABLES_BYTES": "21474836480",
    "ENTREPOT_LANG": "vi",
    "ENTREPOT_TRACEBACK": "1",
    "TZ": "Asia/Phnom_Penh",
}
OPTION_EXAMPLES = {"--port": "8000", "--workers": "4"}
#: Variables of `./run`, `./check` and the tests, which the server does not read: they may stand in its environment.
OF_DEVELOPMENT = frozenset(OURS + name for name in ("CHROMIUM", "PYTHON", "SALES", "SEED", "TESTS", "VENV"))
#: Kubernetes gives each container the address of every service: of one called `entrepot`, under such names.
OF_KUBERNETES = re.compile(
    r"ENTREPOT_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
KUBERNETES_PORT = re.compile(r"(tcp|udp|sctp)://")

YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
LANGUAGES = ("en", "zh", "vi", "th", "km")
LEAST_SECRET = 32
#: Options of a PostgreSQL address that are passed on.
OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "application_name")
DEFAULT_HOSTS = ("127.0.0.1", "localhost", "[::1]")
#: Of each size: the default, and the largest value.
SIZES = {
    "ENTREPOT_TABLE_ROWS": (20_000_000, 2_000_000_000),
    "ENTREPOT_TABLE_BYTES": (256 << 20, 1 << 40),
    "ENTREPOT_TABLES_BYTES": (20 << 30, 1 << 50),
}
_HOST = re.compile(r"(?=.{1,253}$)\.?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


class ConfigurationError(WordedError):
    """A setting is not understood, or a folder that it names cannot be used."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of the server. `database`: None for SQLite in the data folder; `secret`: None for the file there."""

    data: Path
    database: str | None = field(repr=False)
    secret: str | None = field(repr=False)
    hosts: tuple[str, ...]
    https: bool
    proxies: tuple[IPv4Network | IPv6Network, ...]
    keys_required: bool
    table_rows: int
    table_bytes: int
    tables_bytes: int
    time_zone: str
    language: str


def read_server(environment: Mapping[str, str], localtime: Path = Path("/etc/localtime")) -> Configuration:
    """The settings of the server. Raises ConfigurationError, also where a name is not known.

    >>> read_server({"ENTREPOT_KEYS": "Required"}).keys_required
    True
    >>> read_server({"ENTREPOT_KEYS": "require"})
    Traceback (most recent call last):
    entrepot.configuration.ConfigurationError: ENTREPOT_KEYS is 'require'. \
Allowed: required, optional, 1, true, yes, on, 0, false, no, off. Example: ENTREPOT_KEYS=required
    """
    _check_names(environment)
    https = _truth(environment, "ENTREPOT_HTTPS")
    proxies = networks(environment.get("ENTREPOT_PROXIES", ""))
    if https and not proxies:
        # X-Forwarded-Proto counts from a named proxy only: without one each page would redirect to itself.
        raise ConfigurationError(
            "ENTREPOT_HTTPS is on, but ENTREPOT_PROXIES names no proxy. Name the addresses from which the proxy that "
            "speaks HTTPS connects. Example for a proxy on this machine: ENTREPOT_PROXIES=127.0.0.1"
        )
    return Configuration(
        data=server_data_folder(environment),
        database=_database(environment),
        secret=_secret(environment),
        hosts=_hosts(environment),
        https=https,
        proxies=proxies,
        keys_required=_keys_required(environment),
        table_rows=_size(environment, "ENTREPOT_TABLE_ROWS"),
        table_bytes=_size(environment, "ENTREPOT_TABLE_BYTES"),
        tables_bytes=_size(environment, "ENTREPOT_TABLES_BYTES"),
        time_zone=time_zone(environment, localtime),
        language=language(environment),
    )


def check_places(environment: Mapping[str, str]) -> None:
    """Checks the folders before the server starts: makes what is missing, writes and removes a file in each.

    Raises ConfigurationError. A worker that starts later does not check again: a disk that is full meanwhile must not
    end one worker after the other.
    """
    packs = packs_folder(environment)
    if packs is not None and not (packs / "world").is_dir():
        raise ConfigurationError(
            "No packs in {folder}: it has no world pack. Set ENTREPOT_PACKS to the folder of packs.", folder=packs
        )
    _check_writable("ENTREPOT_DATA", server_data_folder(environment))
    if environment.get("ENTREPOT_CACHE"):
        _check_writable("ENTREPOT_CACHE", cache_folder(environment))
    if (address := _database(environment)) and address.startswith("sqlite"):
        from urllib.parse import unquote, urlsplit

        _check_writable("ENTREPOT_DATABASE", Path(unquote(urlsplit(address).path)).parent)


def make_folder(name: str, folder: Path) -> Path:
    """The folder that a setting names, made where it is missing. Raises ConfigurationError where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(name, folder, error) from None
    return folder


def _check_writable(name: str, folder: Path) -> None:
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=make_folder(name, folder)):
            return
    except OSError as error:
        raise _unusable(name, folder, error) from None


def _unusable(name: str, folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        "The folder {folder} cannot be created or written: {why}. Change its permissions or set {name} to another.",
        folder=folder,
        why=error.strerror or error,
        name=name,
    )


def read_secret(configuration: Configuration) -> str:
    """The secret that signs sessions: that of the settings, else that of the file `secret`, which is made if missing.

    Raises ConfigurationError where the file is empty, too short or unreadable.
    """
    if configuration.secret is not None:
        return configuration.secret
    file = configuration.data / "secret"
    try:
        if not file.exists():
            _make_secret(file)
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ConfigurationError(
            "The file {file} cannot be read or written: {why}. Change its permissions, or set ENTREPOT_SECRET.",
            file=file,
            why=why,
        ) from None
    if len(text.strip()) < LEAST_SECRET:
        raise ConfigurationError(
            "The file {file} holds no secret of at least {least} characters. Restore it, or delete it: then the server "
            "makes a new one, and all sessions end.",
            file=file,
            least=LEAST_SECRET,
        )
    return text


def data_folder(environment: Mapping[str, str]) -> Path | None:
    """The folder of schedules, the database and uploads; None where nothing names one and no home is known.

    >>> str(data_folder({"XDG_DATA_HOME": "/x"})), str(data_folder({"ENTREPOT_DATA": "/srv"}))
    ('/x/entrepot', '/srv')
    """
    if chosen := environment.get("ENTREPOT_DATA"):
        return Path(chosen)
    try:
        return Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "entrepot"
    except RuntimeError:  # no home directory is known
        return None


def server_data_folder(environment: Mapping[str, str]) -> Path:
    """The data folder of the server, which needs one: where no home is known, `entrepot-data` where it was started."""
    return data_folder(environment) or Path("entrepot-data").absolute()


def cache_folder(environment: Mapping[str, str]) -> Path:
    """The folder of compiled law."""
    if chosen := environment.get("ENTREPOT_CACHE"):
        return Path(chosen)
    try:
        return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "entrepot"
    except RuntimeError:  # no home directory is known
        import os
        import tempfile

        return Path(tempfile.gettempdir()) / f"entrepot-{os.getuid() if hasattr(os, 'getuid') else 'cache'}"


def packs_folder(environment: Mapping[str, str]) -> Path | None:
    """The folder of packs that was named; None: those that came with Entrepot."""
    return Path(chosen) if (chosen := environment.get("ENTREPOT_PACKS")) else None


def language(environment: Mapping[str, str]) -> str:
    """The user's language. Of the system's variables one that is not ours is English; ENTREPOT_LANG has to be ours.

    >>> language({"LANG": "th_TH.UTF-8"}), language({"LANG": "fr_FR"}), language({"ENTREPOT_LANG": "zh-CN"})
    ('th', 'en', 'zh')
    """
    if chosen := environment.get("ENTREPOT_LANG"):
        if short := language_of(chosen):
            return short
        raise _not_allowed("ENTREPOT_LANG", chosen, LANGUAGES)
    said = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return language_of(said) or "en"


def language_of(name: str) -> str | None:
    """One of our languages from a name such as `zh`, `zh-CN`, `vi_VN.UTF-8`; None for another."""
    short = name.strip().replace("_", "-").partition("-")[0].partition(".")[0].lower()
    return short if short in LANGUAGES else None


def traceback(environment: Mapping[str, str]) -> bool:
    """Whether an internal error of the command line shows its traceback: with any value but `0 false no off`.

    >>> traceback({"ENTREPOT_TRACEBACK": "1"}), traceback({"ENTREPOT_TRACEBACK": "off"}), traceback({})
    (True, False, False)
    """
    return environment.get("ENTREPOT_TRACEBACK", "").strip().lower() not in ("", *NO)


def time_zone(environment: Mapping[str, str], localtime: Path = Path("/etc/localtime")) -> str:
    """The zone of TZ, else that of the machine, as a name of the IANA database; UTC where the machine names none.

    >>> time_zone({"TZ": "Asia/Phnom_Penh"}), time_zone({}, Path("nothing"))
    ('Asia/Phnom_Penh', 'UTC')
    """
    said = environment.get("TZ", "").strip()
    text = said.removeprefix(":")
    file = Path(text) if text.startswith("/") else localtime
    name = text if text and not text.startswith("/") else str(file.resolve()).partition("/zoneinfo/")[2]
    if _is_zone(name):
        return name
    if text not in ("", str(localtime)):  # a file in its place, as in some containers, has no name
        raise ConfigurationError(
            "TZ is {value!r}, which is not a time zone. Write a name of the IANA database. Example: TZ={example}",
            value=said,
            example=EXAMPLES["TZ"],
        )
    return "UTC"


def whole_number(name: str, text: str, most: int) -> int:
    """A whole number from 1 that an option or a variable gives. Raises ConfigurationError.

    >>> whole_number("--port", "8000", 65535)
    8000
    """
    digits = text.strip()
    if digits.isascii() and digits.isdigit() and len(digits) < 20 and 1 <= int(digits) <= most:
        return int(digits)
    raise ConfigurationError(
        "{name} is {value!r}. Write a whole number from 1 to {most}. Example: {example}",
        name=name,
        value=text,
        most=most,
        example=f"{name}={EXAMPLES[name]}" if name in EXAMPLES else f"{name} {OPTION_EXAMPLES[name]}",
    )


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks, with spaces or commas between. Raises ConfigurationError.

    >>> networks("127.0.0.1, 10.0.0.0/8")
    (IPv4Network('127.0.0.1/32'), IPv4Network('10.0.0.0/8'))
    """
    from ipaddress import ip_network

    found = []
    for word in _words(text):
        try:
            network = ip_network(word)
        except ValueError:
            raise ConfigurationError(
                "ENTREPOT_PROXIES contains {value!r}, which is not an IP address or network. Write addresses or "
                "networks with spaces between. Example: ENTREPOT_PROXIES={example}",
                value=word,
                example=EXAMPLES["ENTREPOT_PROXIES"],
            ) from None
        if network.prefixlen == 0:  # every address would be a proxy, and each caller could choose its own address
            raise _not_allowed("ENTREPOT_PROXIES", word, (f"/1 … /{network.max_prefixlen}",))
        found.append(network)
    return tuple(found)


def _check_names(environment: Mapping[str, str]) -> None:
    for name in sorted(environment):
        if not name.upper().startswith(OURS) or name in EXAMPLES or name in OF_DEVELOPMENT:
            continue
        if OF_KUBERNETES.fullmatch(name) or (name.endswith("_PORT") and KUBERNETES_PORT.match(environment[name])):
            continue
        known = {known.removeprefix(OURS): known for known in EXAMPLES if known.startswith(OURS)}
        near = known.get(nearest(name.upper().removeprefix(OURS), known), "")
        raise ConfigurationError("{name} is not a setting of Entrepot. Correct it or remove it.", near, name=name)


def _given(environment: Mapping[str, str], name: str) -> str | None:
    """The text of a variable; None where it is not set. Raises ConfigurationError where it is set and empty."""
    text = environment.get(name)
    if text is not None and not text.strip():
        raise ConfigurationError(
            "{name} is empty. Give it a value or remove it. Example: {name}={example}",
            name=name,
            example=f"$({EXAMPLES[name]})" if name == "ENTREPOT_SECRET" else EXAMPLES[name],
        )
    return text if text is None else text.strip()


def _not_allowed(name: str, value: str, allowed: tuple[str, ...]) -> ConfigurationError:
    return ConfigurationError(
        "{name} is {value!r}. Allowed: {allowed}. Example: {name}={example}",
        name=name,
        value=value,
        allowed=", ".join(allowed),
        example=EXAMPLES[name],
    )


def _truth(environment: Mapping[str, str], name: str) -> bool:
    text = _given(environment, name)
    if text is not None and text.lower() not in YES + NO:
        raise _not_allowed(name, text, YES + NO)
    return text is not None and text.lower() in YES


def _keys_required(environment: Mapping[str, str]) -> bool:
    text = _given(environment, "ENTREPOT_KEYS")
    allowed = ("required", "optional", *YES, *NO)
    if text is not None and text.lower() not in allowed:
        raise _not_allowed("ENTREPOT_KEYS", text, allowed)
    return text is not None and text.lower() in ("required", *YES)


def _size(environment: Mapping[str, str], name: str) -> int:
    default, most = SIZES[name]
    text = _given(environment, name)
    return default if text is None else whole_number(name, text, most)


def _secret(environment: Mapping[str, str]) -> str | None:
    text = _given(environment, "ENTREPOT_SECRET")
    if text is not None and len(text) < LEAST_SECRET:
        raise ConfigurationError(
            "ENTREPOT_SECRET has {count} characters: at least {least} are needed. To make one: {example}",
            count=len(text),
            least=LEAST_SECRET,
            example=EXAMPLES["ENTREPOT_SECRET"],
        )
    return environment.get("ENTREPOT_SECRET")


def _hosts(environment: Mapping[str, str]) -> tuple[str, ...]:
    from ipaddress import AddressValueError, IPv6Address

    text = _given(environment, "ENTREPOT_HOSTS")
    if text is None:
        return DEFAULT_HOSTS
    found = [word.lower() for word in _words(text)]
    for word in found:
        known = word == "*" or _HOST.fullmatch(word) is not None
        if word.startswith("[") and word.endswith("]"):
            try:
                known = bool(IPv6Address(word[1:-1]).packed)
            except AddressValueError:
                known = False
        if not known:
            raise ConfigurationError(
                "ENTREPOT_HOSTS contains {value!r}, which is not a host name. Write names without scheme, port or "
                "path, with spaces between. Example: ENTREPOT_HOSTS={example}",
                value=word,
                example=EXAMPLES["ENTREPOT_HOSTS"],
            )
    if not found:  # commas alone
        raise _not_allowed("ENTREPOT_HOSTS", text, DEFAULT_HOSTS)
    return tuple(found)


def _database(environment: Mapping[str, str]) -> str | None:
    """The address of the database, which is checked. No part of it that may be a password is in a message."""
    from urllib.parse import parse_qsl, urlsplit

    name = "ENTREPOT_DATABASE"
    address = _given(environment, name)
    if address is None:
        return None
    scheme, there, rest = address.partition("://")
    if not there or scheme not in ("postgresql", "postgres", "sqlite"):
        said = f"{scheme}://…" if there and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) else "…"
        raise _not_allowed(name, said, ("postgresql://…", "postgres://…", "sqlite:///…"))
    if scheme == "sqlite" and not rest.startswith("/"):
        raise _not_allowed(name, "sqlite://…", ("sqlite:///…",))
    try:
        parts = urlsplit(address)
        sound = parts.port != 0 and not parts.fragment and (scheme == "sqlite" or not parts.netloc or parts.hostname)
        options = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        sound, parts, options = False, urlsplit(""), []
    if not sound:
        raise ConfigurationError(
            "{name} has no valid host and port. Write special characters of the user and the password as %XX. "
            "Example: {name}={example}",
            name=name,
            example=EXAMPLES[name],
        )
    if strange := [key for key, _ in options if scheme == "sqlite" or key not in OPTIONS]:
        raise _not_allowed(name, f"…?{strange[0]}=…", OPTIONS if scheme != "sqlite" else ("sqlite:///…",))
    if not parts.path.strip("/") or (scheme != "sqlite" and "/" in parts.path.strip("/")):
        raise ConfigurationError(
            "{name} does not name a database after the host. Example: {name}={example}",
            name=name,
            example=EXAMPLES[name] if scheme != "sqlite" else "sqlite:///srv/entrepot/desk.sqlite3",
        )
    return address


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return bool(name) and bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _make_secret(file: Path) -> None:
    """Makes the file of the secret whole or not at all, readable by this user alone; another process may be first."""
    import contextlib
    import os
    import secrets
    import tempfile

    handle, new = tempfile.mkstemp(dir=file.parent, prefix=".secret-")
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(50))
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(new, file)  # unlike a rename it never takes the place of another
    finally:
        Path(new).unlink()
