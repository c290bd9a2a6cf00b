"""Which addresses count as this machine, this site, or outside."""

import asyncio

import pytest

from clinrag.inference.addresses import destination_of, place_of


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("127.0.0.1", "local"),
        ("127.8.9.1", "local"),
        ("::1", "local"),
        ("::ffff:127.0.0.1", "local"),
        ("10.1.2.3", "private"),
        ("172.16.0.9", "private"),
        ("192.168.1.1", "private"),
        ("169.254.169.254", "private"),
        ("fe80::1%eth0", "private"),
        ("fd00::1", "private"),
        ("100.64.0.1", "private"),
        ("0.0.0.0", "private"),
        ("8.8.8.8", "external"),
        ("2606:4700::1111", "external"),
        ("::ffff:8.8.8.8", "external"),
        ("172.32.0.1", "external"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "external"),
        ("64:ff9b::808:808", "external"),
        ("64:ff9b::a01:203", "external"),
        ("64:ff9b:1::808:808", "external"),
        ("2001:db8::1", "private"),
    ],
)
def test_place_of_tells_this_machine_from_this_site_from_outside(address, place):
    assert place_of(address) == place


def test_destination_of_keeps_the_name_and_the_path():
    found = asyncio.run(destination_of("http://127.0.0.1:8080/v1/", seconds=1))

    assert (found.port, found.path, found.place) == (8080, "/v1", "local")
    assert found.host_header == "127.0.0.1:8080"


def test_destination_of_leaves_the_usual_port_out_of_the_host_header():
    found = asyncio.run(destination_of("https://127.0.0.1/v1", seconds=1))

    assert found.host_header == "127.0.0.1"
