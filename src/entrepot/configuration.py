"""Every environment variable that Entrepot reads, checked, as one frozen value.

`read_server` gives the settings of the server, `data_folder`, `cache_folder`, `packs_folder`, `language` and
`traceback` those of the command line. A value that is not valid raises ConfigurationError, whose message names the
variable, the value, what is allowed and an example. No message contains a secret or a password.

Only `make_folder`, `read_secret` and `check_places` write to the disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from entrepot.model.errors import WordedError, nearest
from entrepot.setting_names import (
    DEVELOPMENT_VARIABLES,
    EXAMPLES,
    KUBERNETES_PORT,
    KUBERNETES_VARIABLE,
    OPTION_EXAMPLES,
    PREFIX,
)

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
LANGUAGES = ("en", "zh", "vi", "th", "km")
MIN_SECRET = 32
#: Options of a PostgreSQL URL that are passed to the driver.
DATABASE_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "application_name")
DEFAULT_HOSTS = ("127.0.0.1", "localhost", "[::1]")
#: Sizes: the default and the largest value.
SIZES = {
    "ENTREPOT_TABLE_ROWS": (20_000_000, 2_000_000_000),
    "ENTREPOT_TABLE_BYTES": (256 << 20, 1 << 40),
    "ENTREPOT_TABLES_BYTES": (20 << 30, 1 << 50),
}
_HOST = re.compile(r"(?=.{1,253}$)\.?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


class ConfigurationError(WordedError):
    """A setting is not valid, or a folder that it names cannot be used."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of the server. `database`: None for SQLite in the data folder; `secret`: None for its file there."""

    data: Path
    database: str | None = field(repr=False)
    secret: str | None = field(repr=False)
    hosts: tuple[str, ...]
    https: bool
    proxies: tuple[IPv4Network | IPv6Network, ...]
    keys_required: bool
    webhooks_loopback: bool
    table_rows: int
    table_bytes: int
    tables_bytes: int
    time_zone: str
    language: str


def read_server(environment: Mapping[str, str], localtime: Path = Path("/etc/localtime")) -> Configuration:
    """The settings of the server. Raises ConfigurationError, also for an unknown variable.

    >>> read_server({"ENTREPOT_KEYS": "Required"}).keys_required
    True
    >>> read_server({"ENTREPOT_KEYS": "require"})
    Traceback (most recent call last):
    entrepot.configuration.ConfigurationError: ENTREPOT_KEYS is "require". \
Allowed: required, optional, 1, true, yes, on, 0, false, no, off. Example: ENTREPOT_KEYS=required
    """
    _check_names(environment)
    https = _read_boolean(environment, "ENTREPOT_HTTPS")
    proxies = networks(environment.get("ENTREPOT_PROXIES", ""))
    if https and not proxies:
        # X-Forwarded-Proto is accepted from a named proxy only: without one, each page would redirect to itself.
        raise ConfigurationError(
            "ENTREPOT_HTTPS is on, but ENTREPOT_PROXIES is not set. Set it to the addresses from which the "
            "HTTPS proxy connects. Example for a proxy on this machine: ENTREPOT_PROXIES=127.0.0.1"
        )
    return Configuration(
        data=server_data_folder(environment),
        database=_read_database(environment),
        secret=_read_given_secret(environment),
        hosts=_read_hosts(environment),
        https=https,
        proxies=proxies,
        keys_required=_read_keys_required(environment),
        webhooks_loopback=_read_boolean(environment, "ENTREPOT_WEBHOOKS_LOOPBACK"),
        table_rows=_read_size(environment, "ENTREPOT_TABLE_ROWS"),
        table_bytes=_read_size(environment, "ENTREPOT_TABLE_BYTES"),
        tables_bytes=_read_size(environment, "ENTREPOT_TABLES_BYTES"),
        time_zone=time_zone(environment, localtime),
        language=language(environment),
    )


def check_places(environment: Mapping[str, str]) -> None:
    """Check the folders before the server starts: create missing ones, write and remove a file in each.

    Raises ConfigurationError. A worker that starts later does not check again: a disk that has become full must
    not end one worker after the other.
    """
    packs = packs_folder(environment)
    if packs is not None and not (packs / "world").is_dir():
        raise ConfigurationError(
            "{folder} contains no packs: the world pack is missing. Set ENTREPOT_PACKS to the folder of packs.",
            folder=packs,
        )
    _check_writable("ENTREPOT_DATA", server_data_folder(environment))
    if chosen := environment.get("ENTREPOT_CACHE"):
        _check_writable("ENTREPOT_CACHE", Path(chosen))
    if (address := _read_database(environment)) and address.startswith("sqlite"):
        from urllib.parse import unquote, urlsplit

        _check_writable("ENTREPOT_DATABASE", Path(unquote(urlsplit(address).path)).parent)


def make_folder(name: str, folder: Path) -> Path:
    """The folder that a setting names, created if missing. Raises ConfigurationError if it cannot be created."""
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
    """The secret that signs sessions: from the settings, else from the file `secret`, which is created if missing.

    Raises ConfigurationError if the file is empty, too short or unreadable.
    """
    if configuration.secret is not None:
        return configuration.secret
    file = configuration.data / "secret"
    try:
        if not file.exists():
            _create_secret(file)
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ConfigurationError(
            "The file {file} cannot be read or written: {why}. Change its permissions, or set ENTREPOT_SECRET.",
            file=file,
            why=why,
        ) from None
    if len(text.strip()) < MIN_SECRET:
        raise ConfigurationError(
            "The file {file} contains no secret of at least {least} characters. Restore it, or delete it: "
            "the server then creates a new one, and all sessions end.",
            file=file,
            least=MIN_SECRET,
        )
    return text


def data_folder(environment: Mapping[str, str]) -> Path | None:
    """The folder of schedules, the database and uploads; None if it is not set and there is no home directory.

    >>> str(data_folder({"XDG_DATA_HOME": "/x"})), str(data_folder({"ENTREPOT_DATA": "/srv"}))
    ('/x/entrepot', '/srv')
    """
    if chosen := environment.get("ENTREPOT_DATA"):
        return Path(chosen)
    try:
        return Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "entrepot"
    except RuntimeError:  # there is no home directory
        return None


def server_data_folder(environment: Mapping[str, str]) -> Path:
    """The data folder of the server; without a home directory, `entrepot-data` in the current directory."""
    return data_folder(environment) or Path("entrepot-data").absolute()


def key_folder(environment: Mapping[str, str]) -> Path:
    """The folder of the keys of trade, which are not in the database: by default `keys` in the data folder."""
    return Path(environment.get("ENTREPOT_KEY_FOLDER") or server_data_folder(environment) / "keys")


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """The folder of compiled law; None if it is not set and there is no home directory."""
    if chosen := environment.get("ENTREPOT_CACHE"):
        return Path(chosen)
    try:
        return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "entrepot"
    except RuntimeError:  # there is no home directory
        return None


def packs_folder(environment: Mapping[str, str]) -> Path | None:
    """The folder of packs that is set; None for those that are installed with Entrepot."""
    return Path(chosen) if (chosen := environment.get("ENTREPOT_PACKS")) else None


def language(environment: Mapping[str, str]) -> str:
    """The language of the user. An unsupported language of the system becomes English; of ENTREPOT_LANG, an error.

    >>> language({"LANG": "th_TH.UTF-8"}), language({"LANG": "fr_FR"}), language({"ENTREPOT_LANG": "zh-CN"})
    ('th', 'en', 'zh')
    """
    if chosen := environment.get("ENTREPOT_LANG"):
        if short := language_of(chosen):
            return short
        raise not_allowed("ENTREPOT_LANG", chosen, LANGUAGES)
    system = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return language_of(system) or "en"


def language_of(name: str) -> str | None:
    """A supported language from a name such as `zh`, `zh-CN`, `vi_VN.UTF-8`; None for another."""
    short = name.strip().replace("_", "-").partition("-")[0].partition(".")[0].lower()
    return short if short in LANGUAGES else None


def traceback(environment: Mapping[str, str]) -> bool:
    """Whether an internal error of the command line shows its traceback: with any value except `0 false no off`.

    >>> traceback({"ENTREPOT_TRACEBACK": "1"}), traceback({"ENTREPOT_TRACEBACK": "off"}), traceback({})
    (True, False, False)
    """
    return environment.get("ENTREPOT_TRACEBACK", "").strip().lower() not in ("", *NO)


def time_zone(environment: Mapping[str, str], localtime: Path = Path("/etc/localtime")) -> str:
    """The time zone of TZ, else that of the machine, as a name of the IANA database; UTC if the machine has no name.

    >>> time_zone({"TZ": "Asia/Phnom_Penh"}), time_zone({}, Path("nothing"))
    ('Asia/Phnom_Penh', 'UTC')
    """
    value = environment.get("TZ", "").strip()
    text = value.removeprefix(":")
    file = Path(text) if text.startswith("/") else localtime
    name = text if text and not text.startswith("/") else str(file.resolve()).partition("/zoneinfo/")[2]
    if _is_zone(name):
        return name
    if text not in ("", str(localtime)):  # in some containers it is a file, not a link, and has no name
        raise ConfigurationError(
            "TZ is {value!r}, which is not a time zone. Write a name of the IANA database. Example: TZ={example}",
            value=value,
            example=EXAMPLES["TZ"],
        )
    return "UTC"


def whole_number(name: str, text: str, maximum: int) -> int:
    """A whole number from 1 to `maximum`, from an option or a variable. Raises ConfigurationError.

    >>> whole_number("--port", "8000", 65535)
    8000
    """
    digits = text.strip()
    if digits.isascii() and digits.isdigit() and len(digits) < 20 and 1 <= int(digits) <= maximum:
        return int(digits)
    raise ConfigurationError(
        "{name} is {value!r}. Write a whole number from 1 to {most}. Example: {example}",
        name=name,
        value=text,
        most=maximum,
        example=f"{name}={EXAMPLES[name]}" if name in EXAMPLES else f"{name} {OPTION_EXAMPLES[name]}",
    )


def networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks, separated by spaces or commas. Raises ConfigurationError.

    >>> networks("127.0.0.1, 10.0.0.0/8")
    (IPv4Network('127.0.0.1/32'), IPv4Network('10.0.0.0/8'))
    """
    from ipaddress import ip_network

    found = []
    for word in _split_words(text):
        try:
            network = ip_network(word)
        except ValueError:
            raise ConfigurationError(
                "ENTREPOT_PROXIES contains {value!r}, which is not an IP address or network. Write addresses "
                "or networks separated by spaces. Example: ENTREPOT_PROXIES={example}",
                value=word,
                example=EXAMPLES["ENTREPOT_PROXIES"],
            ) from None
        if network.prefixlen == 0:  # every address would be a proxy, and each client could choose its address
            raise not_allowed("ENTREPOT_PROXIES", word, (f"/1 … /{network.max_prefixlen}",))
        found.append(network)
    return tuple(found)


def _check_names(environment: Mapping[str, str]) -> None:
    for name in sorted(environment):
        if not name.upper().startswith(PREFIX) or name in EXAMPLES or name in DEVELOPMENT_VARIABLES:
            continue
        if KUBERNETES_VARIABLE.fullmatch(name) or (name.endswith("_PORT") and KUBERNETES_PORT.match(environment[name])):
            continue
        known = {known.removeprefix(PREFIX): known for known in EXAMPLES if known.startswith(PREFIX)}
        near = known.get(nearest(name.upper().removeprefix(PREFIX), known), "")
        raise ConfigurationError("{name} is not a setting of Entrepot. Correct it or remove it.", near, name=name)


def read_text(environment: Mapping[str, str], name: str) -> str | None:
    """The text of a variable; None if it is not set. Raises ConfigurationError if it is empty."""
    text = environment.get(name)
    if text is not None and not text.strip():
        raise ConfigurationError(
            "{name} is empty. Give it a value or remove it. Example: {name}={example}",
            name=name,
            example=f"$({EXAMPLES[name]})" if name == "ENTREPOT_SECRET" else EXAMPLES[name],
        )
    return text if text is None else text.strip()


def not_allowed(name: str, value: str, allowed: tuple[str, ...]) -> ConfigurationError:
    """The error of a value that is not one of those allowed."""
    return ConfigurationError(
        "{name} is {value!r}. Allowed: {allowed}. Example: {name}={example}",
        name=name,
        value=value,
        allowed=", ".join(allowed),
        example=EXAMPLES[name],
    )


def _read_boolean(environment: Mapping[str, str], name: str) -> bool:
    text = read_text(environment, name)
    if text is not None and text.lower() not in YES + NO:
        raise not_allowed(name, text, YES + NO)
    return text is not None and text.lower() in YES


def _read_keys_required(environment: Mapping[str, str]) -> bool:
    text = read_text(environment, "ENTREPOT_KEYS")
    allowed = ("required", "optional", *YES, *NO)
    if text is not None and text.lower() not in allowed:
        raise not_allowed("ENTREPOT_KEYS", text, allowed)
    return text is not None and text.lower() in ("required", *YES)


def _read_size(environment: Mapping[str, str], name: str) -> int:
    default, maximum = SIZES[name]
    text = read_text(environment, name)
    return default if text is None else whole_number(name, text, maximum)


def _read_given_secret(environment: Mapping[str, str]) -> str | None:
    text = read_text(environment, "ENTREPOT_SECRET")
    if text is not None and len(text) < MIN_SECRET:
        raise ConfigurationError(
            "ENTREPOT_SECRET has {count} characters; at least {least} are required. To create one: {example}",
            count=len(text),
            least=MIN_SECRET,
            example=EXAMPLES["ENTREPOT_SECRET"],
        )
    return environment.get("ENTREPOT_SECRET")


def _read_hosts(environment: Mapping[str, str]) -> tuple[str, ...]:
    from ipaddress import AddressValueError, IPv6Address

    text = read_text(environment, "ENTREPOT_HOSTS")
    if text is None:
        return DEFAULT_HOSTS
    found = [word.lower() for word in _split_words(text)]
    for word in found:
        valid = word == "*" or _HOST.fullmatch(word) is not None
        if word.startswith("[") and word.endswith("]"):
            try:
                valid = bool(IPv6Address(word[1:-1]).packed)
            except AddressValueError:
                valid = False
        if not valid:
            raise ConfigurationError(
                "ENTREPOT_HOSTS contains {value!r}, which is not a host name. Write names without scheme, "
                "port or path, separated by spaces. Example: ENTREPOT_HOSTS={example}",
                value=word,
                example=EXAMPLES["ENTREPOT_HOSTS"],
            )
    if not found:  # only commas
        raise not_allowed("ENTREPOT_HOSTS", text, DEFAULT_HOSTS)
    return tuple(found)


def _read_database(environment: Mapping[str, str]) -> str | None:
    """The URL of the database, checked. No message contains a part of it that may be a password."""
    from urllib.parse import parse_qsl, urlsplit

    name = "ENTREPOT_DATABASE"
    address = read_text(environment, name)
    if address is None:
        return None
    scheme, separator, rest = address.partition("://")
    if not separator or scheme not in ("postgresql", "postgres", "sqlite"):
        shown = f"{scheme}://…" if separator and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) else "…"
        raise not_allowed(name, shown, ("postgresql://…", "postgres://…", "sqlite:///…"))
    if scheme == "sqlite" and not rest.startswith("/"):
        raise not_allowed(name, "sqlite://…", ("sqlite:///…",))
    try:
        parts = urlsplit(address)
        valid = parts.port != 0 and not parts.fragment and (scheme == "sqlite" or not parts.netloc or parts.hostname)
        options = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        valid, parts, options = False, urlsplit(""), []
    if not valid:
        raise ConfigurationError(
            "{name} has no valid host and port. Write special characters of the user and the password as %XX. "
            "Example: {name}={example}",
            name=name,
            example=EXAMPLES[name],
        )
    if unknown := [key for key, _ in options if scheme == "sqlite" or key not in DATABASE_OPTIONS]:
        raise not_allowed(name, f"…?{unknown[0]}=…", DATABASE_OPTIONS if scheme != "sqlite" else ("sqlite:///…",))
    if not parts.path.strip("/") or (scheme != "sqlite" and "/" in parts.path.strip("/")):
        raise ConfigurationError(
            "{name} does not name a database after the host. Example: {name}={example}",
            name=name,
            example=EXAMPLES[name] if scheme != "sqlite" else "sqlite:///srv/entrepot/desk.sqlite3",
        )
    return address


def _split_words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return bool(name) and bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _create_secret(file: Path) -> None:
    """Create the file of the secret, atomically and readable by this user only. Another process may be first."""
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
            os.link(new, file)  # unlike a rename, a link never replaces another file
    finally:
        Path(new).unlink()
