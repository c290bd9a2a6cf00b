"""The verifier's program as a script would run it; and a profile for mutation testing.

The profile: few examples, the same ones for each mutant. That one fails is enough to
know; making it small would take most of the time.
"""

import json

import pytest
from hypothesis import Phase, settings

from audit.offline import curve
from audit.offline.cli import main
from tests.unit.audit.folder_logs import is_well_told

settings.register_profile(
    "mutation",
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)


@pytest.fixture(scope="session", autouse=True)
def nothing_is_known_of_keys():
    """mutmut forks after a run of all tests: what that run kept hid the mutants."""
    curve.is_sound.cache_clear()


@pytest.fixture
def run(capsys):
    def run(*arguments):
        status = main([str(argument) for argument in [*arguments, "--json"]])
        found = json.loads(capsys.readouterr().out)
        assert found["status"] == status
        assert found["holds"] or is_well_told(found)
        return found

    return run


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write
