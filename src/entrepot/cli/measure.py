"""The commands under `measure`: the template of digital trade, its files, the mirror, and published statistics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entrepot import app
from entrepot.cli import exit_codes, measure_mirror, measure_options
from entrepot.cli.exit_codes import Stop
from entrepot.cli.sale_options import known_economy
from entrepot.cli.schedule import required_data_folder
from entrepot.cli.serve import known_word, whole_number
from entrepot.cli.wrap import cell_len, fold, pad
from entrepot.language.translate import _, number, place, plural

if TYPE_CHECKING:
    from entrepot.measure.lines import LedgerLine
    from entrepot.measure.published import Claim, Published, Ranking
    from entrepot.trade_app.statistics.making import Made
    from entrepot.trade_app.statistics.vintages import Vintage

CURRENCY = "CNY"


def table(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot measure table PERIOD`."""
    from entrepot.trade_app.statistics.making import as_json

    made = _made(arguments)
    place = (arguments["partner"] or "W1", arguments["sector"] or "S1")
    found = as_json(made, *place, arguments["product"] or "_T", whole=arguments["whole"])
    if arguments["json"]:
        exit_codes.put_json(found)
    else:
        exit_codes.put_text("\n".join(table_lines(found)) + "\n")
    return exit_codes.SUCCESS


def export(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot measure export PERIOD`."""
    import msgspec

    form = known_word(arguments["format"] or "csv", "--format", measure_options.FORMATS)
    if form == "parquet":
        return _export_parquet(arguments)
    if form != "lines":
        return _export_table(arguments, form)
    text = "".join(msgspec.json.encode(each).decode() + "\n" for each in _lines(arguments))
    if arguments["to"] is None:
        exit_codes.put_text(text)
        return exit_codes.SUCCESS
    exit_codes.write_new_file(arguments["to"], text)
    return _say_written(arguments, form, 0)


def _export_table(arguments: Mapping[str, Any], form: str) -> int:
    """Write a table. Its vintage is kept first: an export that was killed in between can be run again."""
    from entrepot.trade_app.statistics import vintages

    try:
        with vintages.one_at_a_time(required_data_folder()):
            made = _made(arguments, to_publish=True)
            text, new = _published(made, form)
            with exit_codes.new_file(arguments["to"], text) if arguments["to"] is not None else nullcontext():
                revised = _revised(new, made)
    except OSError as error:
        raise _not_kept(error) from None
    if arguments["to"] is None:
        exit_codes.put_text(text)
        return exit_codes.SUCCESS
    return _say_written(arguments, form, revised)


def _say_written(arguments: Mapping[str, Any], form: str, revised: int) -> int:
    if arguments["json"]:
        exit_codes.put_json({"object": "export", "file": arguments["to"], "format": form, "revised": revised})
        return exit_codes.SUCCESS
    exit_codes.put_text(_("Written: {file}").format(file=arguments["to"]) + "\n")
    if revised:
        said = plural(
            revised, "{n} figure differs from the export before.", "{n} figures differ from the export before."
        )
        exit_codes.put_text(said + "\n")
    return exit_codes.SUCCESS


def _export_parquet(arguments: Mapping[str, Any]) -> int:
    """Write the lines as Parquet: what the figures need of them, to add up many."""
    from entrepot.trade_app.statistics.collect import iterate_ledger, iterate_lines

    if arguments["to"] is None:
        message = _("Give --out: a Parquet file is not text.")
        raise Stop(exit_codes.USAGE, "missing", message, "--out")
    try:
        from entrepot.batch.statistics_files import write_parquet
    except ImportError:
        message = _("Parquet files need pyarrow: run pip install 'entrepot[batch]'.")
        raise Stop(exit_codes.USAGE, "no_arrow", message, "--format") from None
    lines = iterate_lines(Path(arguments["lines"])) if arguments["lines"] else iterate_ledger()
    try:
        count = write_parquet(lines, Path(arguments["to"]))
    except OSError as error:
        message = _("{file} cannot be written: {why}.").format(file=arguments["to"], why=error.strerror or error)
        raise Stop(exit_codes.NOT_WRITTEN, "unwritable", message, "--out") from None
    if arguments["json"]:
        exit_codes.put_json({"object": "export", "file": arguments["to"], "format": "parquet", "lines": count})
    else:
        exit_codes.put_text(_("Written: {file}").format(file=arguments["to"]) + "\n")
    return exit_codes.SUCCESS


def _published(made: Made, form: str) -> tuple[str, Vintage]:
    """The text of a file, and its vintage, which is kept before the file has its name."""
    from entrepot.connect.statistics.sdmx import write
    from entrepot.measure.cube import as_csv
    from entrepot.trade_app.statistics import vintages

    found = made.observations()
    now = dt.datetime.now(dt.UTC)
    text = as_csv(iter(found)) if form == "csv" else write(found, form, prepared=now, sender=made.table.reporter)
    return text, vintages.vintage_of(found, made.valuation, now.isoformat(timespec="seconds"))


def _revised(new: Vintage, made: Made) -> int:
    """Keep a vintage; how many figures it revises. Raises OSError."""
    from entrepot.trade_app.statistics import vintages

    # What is held back, for this node alone: `measure.earlier`.
    held = {
        vintages.key_of(each): each.obs_value for each in made.before_control() if not new.values[vintages.key_of(each)]
    }
    return len(vintages.keep(required_data_folder(), new, made.record, held))


def _not_kept(error: OSError) -> Stop:
    message = _("{file} cannot be written: {why}.").format(file=error.filename, why=error.strerror or error)
    return Stop(exit_codes.NOT_WRITTEN, "unwritable", message, "ENTREPOT_DATA")


def mirror(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot measure mirror`."""
    return measure_mirror.mirror(arguments)


def rank(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot measure rank [YEAR]`."""
    from entrepot.measure.published import check_claim, ranking
    from entrepot.trade_app.statistics.comparing import claim_json, find_published, ranking_json

    source = find_published(arguments["set"] or "")
    first = whole_number(arguments["first"], "--first", 500) or 10
    if arguments["area"]:
        years = [whole_number(arguments["year"], "YEAR", 9999)] if arguments["year"] else []
        claim = check_claim(source, arguments["area"].upper(), first, [each for each in years if each])
        shown, text = claim_json(source, claim), claim_lines(source, claim)
    else:
        year = whole_number(arguments["year"], "YEAR", 9999) or (source.years() or [0])[-1]
        flow = known_word(arguments["flow"] or "exports", "--flow", measure_options.FLOWS)
        found = ranking(source, year, flow)
        shown, text = ranking_json(found, first), ranking_lines(found, first)
    if arguments["json"]:
        exit_codes.put_json(shown)
    else:
        exit_codes.put_text("\n".join([*text, "", *about_lines(source)]) + "\n")
    return exit_codes.SUCCESS


def add(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot measure add FILE`."""
    from entrepot.connect.statistics import files

    path = Path(arguments["file"])
    if not path.is_file():
        message = _("File {path} does not exist.").format(path=path)
        raise Stop(exit_codes.USAGE, "no_file", message, "FILE")
    about = {name: arguments[name] or "" for name in ("vintage", "publisher", "definition")}
    if about["definition"]:
        known_word(about["definition"], "--definition", measure_options.DEFINITIONS)
    for name in ("vintage", "publisher"):
        if not about[name]:
            message = _("Give {option}: it stands beside each figure.").format(option=f"--{name}")
            raise Stop(exit_codes.USAGE, "missing", message, f"--{name}")
    try:
        found = files.add(
            required_data_folder(), path, arguments["id"] or "", title=arguments["title"] or path.stem, **about
        )
    except OSError as error:
        message = _("{file} cannot be read or kept: {why}.").format(file=path, why=error.strerror or error)
        raise Stop(exit_codes.NOT_WRITTEN, "unwritable", message, "FILE") from None
    if arguments["json"]:
        exit_codes.put_json(_source_json(found))
        return exit_codes.SUCCESS
    count = number(str(len(found.points)))
    exit_codes.put_text(_("Added {id}: {count} values.").format(id=found.id, count=count) + "\n")
    exit_codes.put_text("\n".join(about_lines(found)) + "\n")
    return exit_codes.SUCCESS


def list_sets(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot measure`: what was added."""
    from entrepot.connect.statistics import files

    found = files.kept(required_data_folder())
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [_source_json(each) for each in found]})
        return exit_codes.SUCCESS
    if not found:
        exit_codes.put_text(_("No published statistics were added. `entrepot measure add FILE` adds a file.") + "\n")
    for each in found:
        exit_codes.put_text("\n".join([each.id, *(f"  {line}" for line in about_lines(each))]) + "\n")
    return exit_codes.SUCCESS


def demo(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot measure demo`: the template of a synthetic year."""
    from entrepot.trade_app.statistics import synthetic
    from entrepot.trade_app.statistics.making import as_json, make

    lines = list(synthetic.draw(20_000, year=2025))
    # The platform is the only one that has fees: it agrees that they are published.
    made = make(lines, "VN", "2025", "CNY", lambda _currency, _day: None, 2, agreed=["node-VN"])
    found = as_json(made)
    if arguments["json"]:
        exit_codes.put_json({**found, "synthetic": True})
        return exit_codes.SUCCESS
    note = _("A synthetic year: 20,000 orders between ten economies were drawn, none of them is real.")
    exit_codes.put_text("\n".join([*table_lines(found), "", *fold(note, 78)]) + "\n")
    return exit_codes.SUCCESS


def _source_json(found: Published) -> dict[str, Any]:
    from entrepot.trade_app.statistics.comparing import source_json

    return source_json(found)


def _made(arguments: Mapping[str, Any], *, to_publish: bool = False) -> Made:
    """The table that is asked for. `to_publish`: what was published before is known to its readers."""
    from entrepot.measure.periods import months_of
    from entrepot.trade_app.statistics import collect, making, vintages

    months_of(arguments["period"])
    currency = (arguments["currency"] or CURRENCY).upper()
    reporter = _economy(arguments, "reporter") if arguments["reporter"] else collect.economy().upper()
    if not reporter:
        message = _("Give --reporter: the economy of this node is not set.")
        raise Stop(exit_codes.USAGE, "no_reporter", message, "--reporter")
    valuation = arguments["valuation"] or "FOB"
    wanted = making.Wanted(
        reporter,
        arguments["period"],
        currency,
        collect.rate_to(currency),
        collect.decimals_of(currency),
        valuation="price" if valuation.lower() == "price" else valuation.upper(),
        by_product=bool(arguments.get("by_product") or arguments.get("product")),
        agreed=arguments["agreed"],
    )
    if to_publish:
        folder, place = required_data_folder(), (reporter, wanted.period, currency)
        history = vintages.history_of(folder, place, wanted.valuation, wanted.decimals)
        wanted = wanted._replace(published=vintages.published_before(folder, *place), history=history)
    if not arguments["lines"]:
        return making.make_of_lines(collect.iterate_ledger(), wanted)
    try:
        return making.make_of_file(Path(arguments["lines"]), wanted)
    except OSError as error:
        raise _unreadable(arguments["lines"], error) from None


def _lines(arguments: Mapping[str, Any]) -> Sequence[LedgerLine]:
    from entrepot.trade_app.statistics import collect

    return _read(arguments["lines"]) if arguments["lines"] else collect.ledger_lines()


def _unreadable(name: str, error: OSError) -> Stop:
    message = _("{file} cannot be read: {why}.").format(file=name, why=error.strerror or error)
    return Stop(exit_codes.USAGE, "unreadable", message, "FILE")


def _read(name: str) -> Sequence[LedgerLine]:
    from entrepot.trade_app.statistics.collect import read_lines

    try:
        return read_lines(Path(name))
    except OSError as error:
        raise _unreadable(name, error) from None


def _economy(arguments: Mapping[str, Any], name: str) -> str:
    """The code of the economy that an option names. Raises Stop."""
    return known_economy(arguments[name], f"--{name}", app.library().world)


def table_lines(found: Mapping[str, Any]) -> list[str]:
    """The template for a terminal."""
    from entrepot.measure.template import ROWS

    head = _("Digital trade of {reporter} with {partner}, {period}, in {currency} ({valuation})")
    said = {name: found[name] for name in ("period", "currency", "valuation")}
    title = head.format(reporter=_place(found["reporter"]), partner=_place(found["partner"]), **said)
    if found["empty"]:
        return [title, "", *fold(_("Nothing was recorded for this period: no figure is known."), 78)]
    rows = [("", "", _("Exports"), _("Imports"))]
    for row, each in zip(ROWS, found["rows"], strict=True):
        exports, imports = (_cell(each, flow) for flow in ("exports", "imports"))
        rows.append((row.id, _(row.name), exports, imports))
    lines = [
        *fold(title, 78),
        "",
        *_figure_rows(rows),
        "",
        *fold(_("≥: a part is not known. -: not known. (c): held back, because it would show single traders."), 78),
    ]
    for each in found["missing_rates"][:5]:
        lines += fold(_("No exchange rate for {currency} on {day}: its sales are not known.").format(**each), 78)
    return lines


def _place(code: str) -> str:
    """The name of an economy; `W1` is the code of the world."""
    return _("the world") if code == "W1" else place(code)


def _figure_rows(rows: Sequence[tuple[str, str, str, str]]) -> list[str]:
    """The rows of the template, with their names folded to what the figures leave of 78 cells."""
    widths = [max(cell_len(row[at]) for row in rows) for at in (2, 3)]
    left, lines = 78 - 6 - sum(widths) - 4, []
    for number_of_row, name, exports, imports in rows:
        first, *more = fold(name, left) or [""]
        figures = f"{pad(exports, widths[0], right=True)}  {pad(imports, widths[1], right=True)}"
        lines.append(f"{number_of_row:<6}{pad(first, left)}  {figures}")
        lines += [f"{'':6}{each}" for each in more]
    return lines


def _cell(row: Mapping[str, Any], flow: str) -> str:
    if row[f"{flow}_held_back"] and row[flow] is None:
        return "(c)"
    if row[flow] is None:
        return "-"
    shown = number(row[flow])
    return f"≥ {shown}" if row[f"{flow}_at_least"] else shown


def about_lines(source: Published) -> list[str]:
    """What the figures are: beside each ranking."""
    from entrepot.measure.published import MEANINGS

    said = _("{title}. {publisher}, vintage {vintage}. Unit: {unit} × 10^{multiplier}.").format(
        title=source.title,
        publisher=source.publisher,
        vintage=source.vintage,
        unit=source.unit,
        multiplier=source.multiplier,
    )
    left = _("Left out, because they are not economies: {areas}.").format(areas=", ".join(source.left_out) or "-")
    return [*fold(said, 78), *fold(_(MEANINGS[source.definition]), 78), *fold(left, 78)]


def ranking_lines(found: Ranking, first: int) -> list[str]:
    """A ranking for a terminal."""
    rows = [(f"{each.rank:>3}  {each.area}", number(_plain(each.value))) for each in found.places[:first]]
    missing = plural(
        len(found.missing),
        "{n} economy has no value for this year and may have any place.",
        "{n} economies have no value for this year and may have any place.",
    )
    return [f"{found.year}, {found.flow}", *_two_columns(rows), "", *fold(missing, 78)]


def claim_lines(source: Published, claim: Claim) -> list[str]:
    """The answer to a claim for a terminal: each year and flow with its place."""
    rows = []
    for year, flow, found, holds in claim.answers:
        answer = _("not known") if holds is None or found is None else f"{found.rank}  ({number(_plain(found.value))})"
        rows.append((f"{year}  {flow}", f"{answer}  {'' if holds is None else _('yes') if holds else _('no')}"))
    head = _("Is {area} among the first {first} by {title}? Its place, by year:")
    return [*fold(head.format(area=claim.area, first=claim.first, title=source.title), 78), *_two_columns(rows)]


def _plain(value: Decimal) -> str:
    return format(value, "f")


def _two_columns(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = max((cell_len(name) for name, _value in rows), default=0)
    return [f"{pad(name, width)}  {value}".rstrip() for name, value in rows]
