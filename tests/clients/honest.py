"""A small adapter that tells the truth; tests replace pieces of it by what is wrong."""

from __future__ import annotations

import json
import sys
import time  # noqa: F401 - for what tests put in
import urllib.error
import urllib.request

HELLO = {
    "type": "hello",
    "protocol": 1,
    "client": "fake",
    "version": "1",
    "language": "python",
    "endpoints": ["chat"],
    "surfaces": ["text", "finish", "error"],
}


def say(line):
    """Write a line, at once."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def events(asked):
    """The events of a call."""
    request = urllib.request.Request(
        asked["base_url"] + "/v2/chat",
        json.dumps(asked["request"]).encode(),
        {"Authorization": "Bearer " + asked["api_key"], "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        for line in answer:
            if line.startswith(b"data: {"):
                yield json.loads(line[6:])


def call(asked, tell):
    """Make a call and tell what came."""
    try:
        for event in events(asked):
            if event["type"] == "content-delta":
                tell("text", text=event["delta"]["message"]["content"].get("text", ""))
            elif event["type"] == "message-end":
                tell("finish", reason=event["delta"]["finish_reason"])
    except urllib.error.HTTPError as error:
        tell("error", **{"class": "HTTPError"}, message=error.read().decode(), status=error.code)


def answer(line):
    """Answer a line."""
    try:
        asked = json.loads(line)
        label = asked["case"]
        known = asked["endpoint"] == "chat"
    except ValueError:
        label, known = None, False

    def tell(kind, **told):
        say({"case": label, "type": kind, **told})

    if known:
        call(asked, tell)
    else:
        tell("unsupported", what="not known")
    tell("end")


def main():
    """Answer all lines."""
    say(HELLO)
    for line in sys.stdin:
        answer(line)


# more
main()
