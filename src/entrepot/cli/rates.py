"""The commands `rates add`, `get`, `list` and `remove`: exchange rates that are kept in the data folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.progress import steps
from entrepot.cli.quote import open_packs, today
from entrepot.cli.schedule import required_data_folder
from entrepot.cli.wrap import cell_len, pad
from entrepot.connect.rates import kept_rates
from entrepot.connect.rates.kept_rates import Added, RateSet
from entrepot.connect.rates.rate_files import ECB, HMRC, RateFile, read_rates
from entrepot.connect.rates.reference import doubtful_rates
from entrepot.language.translate import _, day, label, number, plural
from entrepot.law.layers import data_folder
from entrepot.model.errors import ScheduleError, in_quotes, meant
from entrepot.schedules.fetch import fetch

#: The files that `get` knows by name: the set that they are added to, and their address.
FILES = {
    "ecb": ("ecb", "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"),
    "ecb-90d": ("ecb", "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml"),
    "gb": (
        "gb",
        "https://www.trade-tariff.service.gov.uk/api/v2/exchange_rates/files/monthly_csv_{year}-{month}.csv",
    ),
}
#: The set of the file of an authority.
SETS = {ECB: "ecb", HMRC: "gb"}


def add(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot rates add FILE…`."""
    files = [Path(word) for word in arguments["words"]]
    for path in files:
        if not path.is_file():
            message = _("File {path} does not exist.").format(path=path)
            raise Stop(exit_codes.USAGE, "no_file", message, "FILE")
    return _report([_add(path, arguments, "") for path in files], arguments)


def get(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot rates get [NAME | ADDRESS]`: downloads a file of rates and adds it."""
    word = arguments["word"] or "ecb"
    named = word in FILES
    if not named and "://" not in word:
        message = _("{word} is not a known file of rates. Known: {known}. Or give the address of a file.")
        text = message.format(word=in_quotes(word), known=", ".join(FILES)) + meant(word, FILES, _)
        raise Stop(exit_codes.USAGE, "unknown_rates", text, "NAME")
    set_id, address = FILES[word] if named else ("", word)
    address = address.replace("{year}-{month}", f"{today().year}-{today().month}")
    folder = required_data_folder() / "downloads" / "rates"
    with steps(quiet=arguments["json"]) as step:
        step(_("downloading {name}").format(name=word))
        try:
            fetched = fetch(address, folder, f"{set_id or 'rates'}_{today().isoformat()}")
        except ScheduleError as error:
            message = _("{address} could not be downloaded. {why} Download it yourself, then run: {command}.")
            text = message.format(address=address, why=error.message, command="entrepot rates add FILE")
            raise Stop(exit_codes.NOT_FETCHED, "not_fetched", text) from None
        except OSError as error:
            raise _not_written(folder, error) from None
    return _report([_add(fetched.path, arguments, set_id)], arguments)


def _add(path: Path, arguments: Mapping[str, Any], set_id: str) -> Added:
    """Adds a file to a set: the named one, that of its authority, or one of the name of the file."""
    library = open_packs(arguments["packs"])
    currency_in = (arguments["currency_in"] or "").strip().upper()
    file = read_rates(path, library.world.decimals, currency_in)
    if not file.authority and not arguments["replace"]:
        _check_direction(path, file)
    own = re.sub(r"[^a-z0-9._\-]+", "-", path.stem.lower()).strip("-._")[:80] or "rates"
    name = arguments["id"] or set_id or SETS.get(file.authority, own)
    title = arguments["title"] or ("" if file.authority else path.name)
    data = required_data_folder()
    try:
        return kept_rates.add(data, file, name, title, replace=arguments["replace"])
    except OSError as error:
        raise _not_written(data, error) from None


def _check_direction(path: Path, file: RateFile) -> None:
    """Refuse a rate that is the inverse of the reference rate, and warn of one that is more than a fifth away."""
    for rate, reference, inverse in doubtful_rates(file.rates):
        message = (
            _(
                "{file}: 1 {one} = {rate} {other} looks inverted: the reference rate of {date} is {reference}. "
                "Swap the columns currency and in, or add it with --replace."
            )
            if inverse
            else _(
                "{file}: 1 {one} = {rate} {other} is more than a fifth away from the reference rate of {date}, "
                "{reference}."
            )
        )
        said = {"date": reference.date or "", "reference": reference.rate, "rate": rate.rate}
        text = message.format(file=path.name, one=rate.one, other=rate.other, **said)
        if inverse:
            raise Stop(exit_codes.PACK_FAULTS, "inverse_rate", text, "rate")
        sys.stderr.write(text + "\n")


def _not_written(path: Path, error: OSError) -> Stop:
    message = _("{path} cannot be written: {why}.").format(path=path, why=error.strerror or error)
    return Stop(exit_codes.NOT_WRITTEN, "not_written", message, "ENTREPOT_DATA")


def _report(added: list[Added], arguments: Mapping[str, Any]) -> int:
    if arguments["json"]:
        data = [{**as_json(each.kept), "new": each.new, "replaced": each.replaced} for each in added]
        exit_codes.put_json({"object": "list", "data": data})
        return exit_codes.SUCCESS
    for each in added:
        first, last = each.kept.span()
        counts = plural(each.new, "{n} new rate", "{n} new rates")
        dates = _("rates of {first} to {last}").format(first=day(first.isoformat()), last=day(last.isoformat()))
        exit_codes.put_text(f"{each.kept.id}: {counts} · {dates} · {label(each.kept.trust)}\n")
    return exit_codes.SUCCESS


def as_json(kept: RateSet) -> dict[str, Any]:
    """A set of rates as JSON."""
    first, last = kept.span()
    return {
        "object": "rates",
        "id": kept.id,
        "title": kept.title,
        "authority": kept.authority or None,
        "trust": kept.trust,
        "first": first.isoformat(),
        "last": last.isoformat(),
        **kept_rates.counts(kept),
    }


def list_rates(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot rates list`."""
    found = kept_rates.read_sets(data_folder())
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [as_json(each) for each in found]})
        return exit_codes.SUCCESS
    if not found:
        text = _("No exchange rates are kept. Get those of the European Central Bank: entrepot rates get ecb.")
        exit_codes.put_text(text + "\n")
        return exit_codes.SUCCESS
    head = [_("set"), _("title"), _("last day"), _("currencies"), _("trust")]
    rows = []
    for each in found:
        last, currencies = each.span()[1].isoformat(), str(kept_rates.counts(each)["currencies"])
        rows.append([each.id, each.title, day(last), number(currencies), label(each.trust)])
    wide = [max(cell_len(line[at]) for line in (head, *rows)) + 2 for at in range(len(head))]
    lines = [Text(" " + "".join(map(pad, line, wide)).rstrip()) for line in (head, *rows)]
    lines[0].stylize("dim")
    terminal.put_lines(terminal.console(), lines)
    return exit_codes.SUCCESS


def remove(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot rates remove ID`."""
    data, name = required_data_folder(), arguments["name"]
    if not kept_rates.is_kept(data, name):
        known = ", ".join(each.id for each in kept_rates.read_sets(data)) or "—"
        message = _("Rates {text} are not kept. Kept: {known}.").format(text=in_quotes(name), known=known)
        raise Stop(exit_codes.NO_LAW, "no_rates", message, "ID")
    try:
        kept_rates.remove(data, name)
    except OSError as error:
        raise _not_written(data, error) from None
    if arguments["json"]:
        exit_codes.put_json({"object": "rates", "id": name, "removed": True})
    else:
        exit_codes.put_text(_("{id} was removed.").format(id=name) + "\n")
    return exit_codes.SUCCESS
