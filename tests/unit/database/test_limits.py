import pytest

from clinrag.database.limits import BY_PROCESS, Limits

LIMITS = Limits(
    connect=3, statement=6, lock=5, idle_in_transaction=60, silence=7, unacknowledged=10
)


def test_limits_become_parameters_of_the_connection():
    assert LIMITS.options({}) == {
        "connect_timeout": 3,
        "keepalives": 1,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "silence_seconds": 7,
        "options": "-c statement_timeout=6000 -c lock_timeout=5000"
        " -c idle_in_transaction_session_timeout=60000"
        " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10"
        " -c tcp_keepalives_count=3",
    }


def test_limits_give_way_when_the_address_names_its_own():
    given = {"connect_timeout": "20", "sslmode": "require", "options": "-c work_mem=1"}
    options = LIMITS.options(given)
    assert options["connect_timeout"] == "20"
    assert options["sslmode"] == "require"
    assert str(options["options"]).endswith("=3 -c work_mem=1")


@pytest.mark.parametrize("limits", BY_PROCESS.values())
def test_server_may_end_a_statement_before_the_client_gives_it_up(limits):
    assert limits.silence is None or 0 < limits.statement < limits.silence


def test_web_tells_of_a_frozen_server_within_ten_seconds():
    web = BY_PROCESS["web"]
    assert web.silence + web.connect <= 10
