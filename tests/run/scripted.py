"""A target that answers as a script says: transcripts, chosen by the body of the request."""

from __future__ import annotations

import json
from dataclasses import replace

from conformance.suite.catalogue import all_cases
from conformance.suite.session import Session
from conformance.suite.settings import RunSettings
from conformance.targets.base import Target
from conformance.transcript import exchange_from

CASES = {case.name: case for case in all_cases()}


def text(said, reason="COMPLETE", more=""):
    """The transcript of a text."""
    return (
        f"message-start\ncontent-start 0 text\ncontent-delta 0 {json.dumps(said)}\ncontent-end 0\n"
        f"message-end {reason}{more}\n"
    )


class Scripted(Target):
    """Answers each request with the transcript that a function makes of its body."""

    name, url = "scripted", "http://localhost:1"

    def __init__(self, script):
        self.script = script
        self.bodies = []

    def send(self, request, **_options):
        """Answer by the script."""
        body = json.loads(request.body)
        self.bodies.append(body)
        made = exchange_from(self.script(body))
        headers = (*request.headers, ("Authorization", "Bearer key"))
        return replace(made, request=replace(request, headers=headers))

    def close(self):
        """Nothing to release."""


def play(name, script, **settings):
    """What comes of a case against a script, and the bodies that were sent."""
    target = Scripted(script)
    chosen = RunSettings(target=Scripted.url, **settings)
    return Session(chosen, target).play(CASES[name]), target.bodies


def codes(result):
    """The codes of what was found, with their levels."""
    return {(v.code, v.level.value) for v in result.violations if v.code.startswith("RUN-")}
