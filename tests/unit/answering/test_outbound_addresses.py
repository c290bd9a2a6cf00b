"""Addresses that look public and lead into the house, and those that do not."""

import asyncio
from typing import Any

import pytest

from audit.destinations import Destination
from clinrag.answering.recalls.errors import AddressRefused
from clinrag.answering.recalls.outbound import Rules, find_destination

HOOK = "https://hooks.example.com/clinrag"


def resolving(monkeypatch: Any, *addresses: str) -> None:
    found = [(None, None, 6, "", (one, 443)) for one in addresses]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)


def found() -> Destination:
    return asyncio.run(find_destination(HOOK, rules=Rules()))[1]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # refused
        "224.0.0.1",
        "::1",
        "::ffff:10.0.0.1",
        "::7f00:1",
        "::ffff:0:7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:a00:1::1",
        "fd00::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff0e::1",
    ],
)
def test_name_is_refused_when_it_leads_inside(monkeypatch: Any, address: str) -> None:
    resolving(monkeypatch, "93.184.215.14")
    assert found().ip == "93.184.215.14"
    resolving(monkeypatch, "93.184.215.14", address)
    with pytest.raises(AddressRefused):
        found()


@pytest.mark.parametrize(
    "address", ["2606:4700::1111", "64:ff9b::5db8:d70e", "::ffff:93.184.215.14"]
)
def test_name_is_called_when_it_leads_outside(monkeypatch: Any, address: str) -> None:
    resolving(monkeypatch, address)
    assert found().ip == address
