"""What is compared: the entries of a list, and the party that is looked for."""

from __future__ import annotations

from typing import Final

import msgspec

PERSON, ORGANIZATION, OTHER = "person", "organization", "other"
#: How much a name of a list says: a weak alias is never a hit alone.
PRIMARY, STRONG, WEAK = "primary", "strong", "weak"
HIT, NO_HIT, NOT_COMPARABLE = "hit", "no_hit", "not_comparable"
#: The version of the rules by which names are compared: it is kept with every result.
ALGORITHM: Final = "names-1"
#: From which score a name is a hit, in hundredths.
THRESHOLD: Final = 87


class ListedName(msgspec.Struct, frozen=True, array_like=True):
    """A name of an entry. `quality`: primary, strong or weak."""

    text: str
    quality: str = PRIMARY


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of a list. `births`: years or days (ISO 8601); `countries`: codes or names, as the list has them.

    `identifiers`: numbers of passports, registers or ships.
    """

    id: str
    kind: str
    names: tuple[ListedName, ...]
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    programme: str = ""
    listed: str = ""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Who is looked for. `names`: in any scripts, such as the native name and that of the passport.

    `country`: alpha-2; "JP" and "KR" keep Chinese characters from being read as Chinese. `kind`: "" for any.
    """

    names: tuple[str, ...]
    kind: str = ""
    birth: str = ""
    country: str = ""
    identifiers: tuple[str, ...] = ()


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that may be the party. `score`: hundredths; `name`: of the list; `because`: what agreed or differed."""

    entry: str
    score: int
    name: str
    because: tuple[str, ...]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a list says of a party. `uncompared`: entries of which no name can be compared with the party's.

    `assumed`: how names were read, such as `read_as_chinese`.
    """

    outcome: str
    matches: tuple[Match, ...] = ()
    compared: int = 0
    uncompared: int = 0
    assumed: tuple[str, ...] = ()
