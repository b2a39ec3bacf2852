"""The sandbox customs office is killed while messages come and go: nothing is lost, nothing is decided twice."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx
import pytest

pytest.importorskip("django", reason="the server is not installed")

import sizes
from entrepot.connect.customs.cn import compose, write
from free_ports import free_port
from sandbox_process import Sandbox, receiver, until
from sandbox_trader import PARTIES, Trader, parcel, sending

KILLS, PARCELS = sizes.size(2, 20), sizes.size(12, 120)


@pytest.mark.long
def test_an_office_that_is_killed_answers_everything_once(tmp_path: Path) -> None:
    port = free_port()
    parcels = [parcel() for _ in range(PARCELS)]
    ended = threading.Event()
    with receiver() as inbox:
        options = ("--port", str(port), "--delay", "0", "--retry", "0.05", "--send-to", inbox.url)
        office = Sandbox("customs", tmp_path, *options)
        trader = Trader(office, inbox)

        def send() -> None:
            for each in parcels:
                for make in (compose.order, compose.payment, compose.waybill, compose.listed):
                    content = write(make(each, PARTIES, sending()))
                    while True:  # as an outbox does
                        try:
                            if trader.send(content).status_code == 202:
                                break
                        except httpx.TransportError:
                            time.sleep(0.02)
            ended.set()

        sender = threading.Thread(target=send)
        sender.start()
        for _ in range(KILLS):
            ended.wait(0.4)
            office.kill()
            office = trader.office = Sandbox("customs", tmp_path, *options)
        sender.join(300)
        assert ended.is_set()
        until(lambda: all("800" in trader.codes(each.own) for each in parcels), 120)
        for each in parcels:
            receipts = {
                (found.returnTime, found.returnStatus)
                for found in trader.heard
                if getattr(found, "copNo", "") == each.own
            }
            assert [code for _, code in sorted(receipts)] == ["2", "3", "120", "399", "800"]
            assert trader.used(each) == 11_100
        assert office.stop() == 0
