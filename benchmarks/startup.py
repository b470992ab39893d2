"""What one `check` of a small file costs, beside an interpreter that loads json and yaml.

Run it with the Python that has the project installed: ``python benchmarks/startup.py``. Times are CPU
seconds of the child process, the least of many runs, so that other load on the machine matters little.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 20
LIMIT = 4.0
STREAM = b"""\
event: message-start
data: {"id":"5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90","type":"message-start",\
"delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}

event: content-start
data: {"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}

event: content-delta
data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hello"}}}}

event: content-end
data: {"type":"content-end","index":0}

event: message-end
data: {"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":\
{"input_tokens":3,"output_tokens":2},"tokens":{"input_tokens":60,"output_tokens":4}}}}

data: [DONE]

"""


def cost(*arguments: str) -> float:
    """The CPU time of a child with these arguments, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Print the costs and their ratios; 1 when a ratio is over the limit."""
    # Start-up is measured as users have it, with compiled modules.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = "from conformance.cli import main; main()"
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder, "stream.sse")
        saved.write_bytes(STREAM)
        cassette = Path(folder, "cassette.yaml")
        indented = STREAM.decode().replace("\n", "\n        ")
        cassette.write_text(
            "version: 1\ninteractions:\n- request:\n    method: POST\n"
            "    uri: https://api.cohere.com/v2/chat\n    headers: {}\n"
            """    body: '{"model":"command-a-03-2025","stream":true,"""
            """"messages":[{"role":"user","content":"Hi"}]}'\n"""
            "  response:\n    status: {code: 200, message: OK}\n"
            "    headers: {Content-Type: [text/event-stream]}\n"
            f"    body:\n      string: |\n        {indented}\n"
        )
        commands = {
            "import json, yaml": ("-c", "import json, yaml"),
            "check stream.sse": ("-c", command, "check", str(saved)),
            "check cassette.yaml": ("-c", command, "check", str(cassette)),
        }
        # In turns, so that other load befalls all alike.
        rounds = [{name: cost(*each) for name, each in commands.items()} for _ in range(RUNS)]
    least = {name: min(each[name] for each in rounds) for name in commands}
    floor = least["import json, yaml"]
    for name, spent in least.items():
        print(f"{name:<20} {spent * 1000:6.0f} ms {spent / floor:6.1f} times")
    worst = max(least.values()) / floor
    print(f"limit {LIMIT:.0f} times: {'kept' if worst <= LIMIT else 'broken'}")
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
