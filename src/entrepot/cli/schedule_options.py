"""schedule_options: what may be typed with the commands of `schedule`, as tables."""

from __future__ import annotations

from entrepot.cli.options import ANSWER, ON, OUTPUT, Option
from entrepot.language.translate import N_

SCHEDULE = N_("The schedule")
#: Entrepot's own, as `schedule.formats` has them: not imported from there, so that a quote starts fast.
FORMATS = ("jp", "us", "gb", "wits", "plain")

_NAME = Option("name", (), N_("A schedule, as the list calls it."), metavar="ID", kind="needed")
_SAID = (
    Option(
        "format",
        ("--format",),
        N_("The format, where the file does not look like it."),
        SCHEDULE,
        "|".join(FORMATS),
        words=FORMATS,
    ),
    Option("since", ("--since",), N_("The first day it holds, where the file does not say."), SCHEDULE, "YYYY-MM-DD"),
    Option("until", ("--until",), N_("The first day it no longer holds."), SCHEDULE, "YYYY-MM-DD"),
    Option("id", ("--id",), N_("What it is called in the list; else by its day."), SCHEDULE, "NAME"),
    Option("title", ("--title",), N_("The title of the source."), SCHEDULE),
    Option("authority", ("--authority",), N_("Who published it."), SCHEDULE),
    Option("url", ("--url",), N_("The address at which it was published."), SCHEDULE, "URL"),
    Option("replace", ("--replace",), N_("Put it in the place of another of this name."), SCHEDULE, kind="flag"),
    Option("report", ("--report",), N_("Write every cell that was not read to this file, as CSV."), ANSWER, "FILE"),
)
ADD = (
    Option(
        "words",
        (),
        N_("A pack or a country, and the files of its schedule."),
        metavar="PACK FILE…",
        kind="arguments",
    ),
    *_SAID,
    *OUTPUT,
)
GET = (
    Option(
        "words",
        (),
        N_("A pack or a country; of some the codes of the goods, too."),
        metavar="PACK [CODE…]",
        kind="arguments",
    ),
    Option("folder", ("--to",), N_("Where the files are put; else among the user's data."), SCHEDULE, "DIR"),
    *_SAID,
    *OUTPUT,
)
LISTING = (Option("context", (), "", kind="context"), *OUTPUT)
SHOW = (_NAME, *OUTPUT)
REMOVE = (_NAME, Option("yes", ("--yes", "-y"), N_("Do not ask."), ANSWER, kind="flag"), *OUTPUT)
DIFF = (
    Option(
        "words",
        (),
        N_("Two schedules, or one to compare with its pack's own rows."),
        metavar="ID [ID]",
        kind="arguments",
    ),
    ON,
    Option("treatment", ("--treatment",), N_("Only this treatment, such as mfn."), ANSWER, "ID"),
    Option("all", ("--all",), N_("Print every line."), ANSWER, kind="flag"),
    *OUTPUT,
)
