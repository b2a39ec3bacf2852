"""How long it takes to screen a million names against a list of 20,000 entries, on two cores.

    python bench/nodes/screening.py [--names 1000000] [--entries 20000] [--processes 2]

The names are drawn from syllables of several languages, so that many share words; one in a hundred is a name of the
list with a wrong letter. Prints the time, also of the processors, the hits, and how many wrong letters were found.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from functools import partial
from multiprocessing import get_context

from entrepot.cooperation.screening.entries import HIT, Entry, ListedName, Party
from entrepot.cooperation.screening.index import NameIndex
from entrepot.cooperation.screening.screen import screen

SYLLABLES = (
    "ah mad mo ham kha lid ras hid vla di mir pet rov iva nov nik olai zha ng wei xiao ming li jun chen hao ngu yen"
    " van thi minh quang som chai pra sert dara sok keo phon ma ria gar cia lo pez jo nat han smi th son ka te rine"
)


def names(count: int, seed: int) -> list[str]:
    """Invented names of two to four words; the words are few, as those of people are."""
    draw, syllables = random.Random(seed), SYLLABLES.split()
    words = ["".join(draw.choices(syllables, k=draw.choice((1, 2, 2, 3)))) for _each in range(6000)]
    weights = [1 / (rank + 10) for rank in range(len(words))]
    sizes = draw.choices((2, 3, 4), (5, 4, 1), k=count)
    pool = iter(draw.choices(words, weights, k=sum(sizes)))
    return [" ".join(next(pool) for _word in range(size)).title() for size in sizes]


def entries(count: int) -> list[Entry]:
    """A list: each entry has a name and one in two an alias, as on the lists of authorities."""
    listed = iter(names(count + count // 2, seed=1))
    return [
        Entry(
            id=str(number),
            kind="person",
            names=tuple(ListedName(next(listed)) for _name in range(1 + number % 2)),
        )
        for number in range(count)
    ]


def work(part: tuple[int, int], size: int) -> tuple[int, int, int]:
    """Screen a part of the names. Returns how many, the hits, and the names with a wrong letter that were found."""
    number, count = part
    index = NameIndex(entries(size))
    draw = random.Random(number)
    hits = found = 0
    asked = names(count, seed=100 + number)
    for at, name in enumerate(asked):
        wrong = at % 100 == 0
        if wrong:
            whole = index.entries[draw.randrange(size)].names[0].text
            place = draw.choice([each for each, char in enumerate(whole) if each and char != " "])
            name = f"{whole[:place]}{draw.choice('aent')}{whole[place + 1 :]}"  # noqa: PLW2901  # it replaces the name
        result = screen(index, Party(names=(name,)))
        hits += result.outcome == HIT
        found += wrong and any(match.name == whole for match in result.matches)
    return count, hits, found


def main() -> None:
    """Run the benchmark and print JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    share = given.names // given.processes
    begin = time.perf_counter()
    with get_context("spawn").Pool(given.processes) as pool:
        done = pool.map(partial(work, size=given.entries), [(each, share) for each in range(given.processes)])
        pool.close()
        pool.join()  # what an ended process used is known
    seconds, used = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    count, hits, found = (sum(part) for part in zip(*done, strict=True))
    wrong = sum(len(range(0, part[0], 100)) for part in done)
    print(
        json.dumps(
            {
                "names": count,
                "entries": given.entries,
                "processes": given.processes,
                "seconds": round(seconds, 1),
                "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
                "names_per_second": round(count / seconds),
                "hits": hits,
                "wrong_letters_found": f"{found} of {wrong}",
            }
        )
    )


if __name__ == "__main__":
    main()
