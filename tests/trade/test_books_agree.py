"""Any sequence of commands has the same results in memory and in SQLite, and leaves a ledger that is verified."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

pytest.importorskip("django", reason="the server is not installed")

from entrepot.store.trade import ledger
from entrepot.store.trade.books import Keys, StoreBooks
from entrepot.trade.ledger.checkpoints import new_signer
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.ports import Books, Transaction
from sizes import size
from trade.adapters import DATA_KEY, HASH_KEY, empty_tables
from trade.tally import KINDS, START, Clock, counted, moves, opened, taken

SIGNER = new_signer("test", bytes(32))
TALLIES = st.integers(0, 3)
NOTES = st.none() | st.text(max_size=5)


class Agreement(RuleBasedStateMachine):
    """The books in memory, and two processes with the books in SQLite, get the same commands."""

    def __init__(self) -> None:
        super().__init__()
        empty_tables()
        self.clock = Clock()
        #: The same bytes for both, so that both make the same ids.
        self.seed = 0
        around: dict[str, Any] = {"now": self.clock, "random": lambda count: self.seed.to_bytes(count, "big")}
        self.memory = MemoryBooks(KINDS, hash_key=HASH_KEY, **around)
        keys = Keys(DATA_KEY, HASH_KEY)
        self.processes = [StoreBooks(KINDS, keys, **around), StoreBooks(KINDS, keys, **around)]
        self.numbers: list[str] = []

    def run(self, command: Callable[[Transaction], Any]) -> Any:
        """Run a command everywhere: the same result, or the same refusal."""
        self.seed += 1
        books: tuple[Books, ...] = (self.memory, self.processes[self.seed % 2])
        results = []
        for each in books:
            try:
                results.append(each.run(command))
            except Exception as error:  # noqa: BLE001  # compared
                results.append((type(error), str(error)))
        assert results[0] == results[1]
        return results[0]

    @initialize(stocks=st.lists(st.integers(0, 6), min_size=4, max_size=4))
    def open(self, stocks: list[int]) -> None:
        """Open four tallies."""
        for place, stock in enumerate(stocks):
            self.numbers.append(self.run(opened(stock, f"og_{place % 2}")))

    @rule(
        place=TALLIES,
        by=st.integers(-3, 3),
        key=st.sampled_from(["", "", "a", "b"]),
        note=st.none() | st.text(max_size=5),
    )
    def count(self, place: int, by: int, key: str, note: str | None) -> None:
        """Count; a key is used once, and a note may be any text."""
        self.run(counted(self.numbers[place], by, key=key, note=note))

    @rule(place=TALLIES, amount=st.integers(-2, 4))
    def take(self, place: int, amount: int) -> None:
        """Take from the stock, or give back to it."""
        self.run(taken(self.numbers[place], amount))

    @rule(place=TALLIES, reference=st.sampled_from(["x", "y"]))
    def name(self, place: int, reference: str) -> None:
        """Give a tally a reference, which only one can have."""
        self.run(counted(self.numbers[place], note=f"number:{reference}"))
        self.run(lambda tx: tx.lookup(f"number:{reference}"))

    @rule(place=TALLIES)
    def close(self, place: int) -> None:
        """Close a tally."""
        self.run(lambda tx: tx.append(self.numbers[place], "tally.closed", {}))

    @rule(places=st.lists(TALLIES, min_size=1, max_size=4), fails=st.booleans())
    def several(self, places: list[int], fails: bool) -> None:  # Hypothesis gives it by name
        """Several things in one transaction, which may fail at its end."""

        def command(tx: Transaction) -> list[Any]:
            found = []
            for each in places:
                number = self.numbers[each]
                stock = moves(f"stock/{number}", "sold", number, 1, floor=0)
                found.append(tx.append(number, "tally.counted", {"by": 1}, postings=stock))
                found.append((tx.balance("sold", number), tx.received("sender", f"m{each}")))
                tx.send("email", "counted", {"n": each}, key=f"{number}:{each}")
            if fails:
                raise ZeroDivisionError
            return found

        self.run(command)

    @rule(subject=st.sampled_from(["us_1", "us_2"]), days=st.integers(0, 2))
    def store_person(self, subject: str, days: int) -> None:
        """Store personal data."""
        until = START.date() + dt.timedelta(days=days)
        number = self.run(lambda tx: tx.put_personal(subject, "delivery", {"name": subject}, retain_until=until))
        self.run(lambda tx: dict(tx.get_personal(number)))

    @rule(subject=st.sampled_from(["us_1", "us_2"]))
    def erase(self, subject: str) -> None:
        """Erase a person."""
        self.run(lambda tx: dict(tx.erase_personal(subject)))

    @rule(days=st.integers(0, 1))
    def next_day(self, days: int) -> None:
        """Let time pass, and erase what is due."""
        self.clock.pass_days(days)
        today = self.clock.time.date()
        assert self.memory.erase_expired(today) == self.processes[0].erase_expired(today)

    @rule()
    def sign(self) -> None:
        """Sign a checkpoint."""
        ledger.sign_checkpoint(SIGNER, self.clock.time)

    @invariant()
    def all_is_equal(self) -> None:
        """Events, states, balances and personal data are the same."""
        store = self.processes[0]
        assert self.memory.events(limit=1000) == store.events(limit=1000)
        assert self.memory.list_objects("ta_") == store.list_objects("ta_")
        assert self.memory.balances("") == store.balances("")
        assert self.memory.outbox.counts() == store.outbox.counts()
        for subject in ("us_1", "us_2"):
            assert dict(self.memory.run(lambda tx, s=subject: tx.personal_of(s))) == dict(  # type: ignore[misc]
                store.run(lambda tx, s=subject: tx.personal_of(s))  # type: ignore[misc]
            )

    def teardown(self) -> None:
        """At the end the ledger is verified, and also after its rows were computed again."""
        assert [each.message for each in ledger.verify(KINDS, SIGNER.verifier()).problems] == []
        ledger.rebuild(KINDS)
        assert [each.message for each in ledger.verify(KINDS, SIGNER.verifier()).problems] == []


def test_any_sequence_of_commands(sqlite_tables: None) -> None:
    given = settings(max_examples=size(15, 150), stateful_step_count=size(30, 50), deadline=None)
    run_state_machine_as_test(Agreement, settings=settings(given, suppress_health_check=list(HealthCheck)))
