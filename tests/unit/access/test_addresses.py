"""The caller's address is what counted proxies wrote, never what the caller did."""

import pytest

from clinrag.access.addresses import client_address

PEER = "192.0.2.1"
CLIENT = "203.0.113.9"
SPOOFED = "198.51.100.66"


def meta(forwarded: str | None = None) -> dict[str, str]:
    found = {"REMOTE_ADDR": PEER}
    return found if forwarded is None else found | {"HTTP_X_FORWARDED_FOR": forwarded}


@pytest.mark.parametrize("forwarded", [None, "", CLIENT, f"{SPOOFED}, {CLIENT}", ","])
def test_header_counts_for_nothing_when_no_proxy_is_trusted(
    forwarded: str | None,
) -> None:
    assert client_address(meta(forwarded), proxies=0) == PEER


@pytest.mark.parametrize("before", ["", f"{SPOOFED}, ", f"{SPOOFED},,x, "])
@pytest.mark.parametrize(
    ("proxies", "written"), [(1, CLIENT), (2, f"{CLIENT}, 192.0.2.2")]
)
def test_address_is_read_from_the_right_when_the_caller_sent_some(
    before: str, proxies: int, written: str
) -> None:
    assert client_address(meta(before + written), proxies=proxies) == CLIENT


@pytest.mark.parametrize("forwarded", [None, "", "unknown", f"{SPOOFED}, _hidden", ","])
def test_peer_counts_when_the_proxy_wrote_no_address(forwarded: str | None) -> None:
    assert client_address(meta(forwarded), proxies=1) == PEER


def test_peer_counts_when_fewer_proxies_wrote_than_are_trusted() -> None:
    assert client_address(meta(SPOOFED), proxies=2) == PEER
    assert client_address(meta(f"{CLIENT}, 192.0.2.2"), proxies=2) == CLIENT


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.9:4711", CLIENT),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
    ],
)
def test_port_is_left_out_when_the_proxy_wrote_one(written: str, address: str) -> None:
    assert client_address(meta(written), proxies=1) == address


def test_nothing_is_known_when_there_is_no_connection() -> None:
    assert client_address({}, proxies=1) == ""
