"""What can be said against a client: code, name and level of each finding, and why it matters.

The rules of the wire judge what a client sends; these clauses judge what its caller gets.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.verdict import Level

__all__ = ["CLAUSES", "Clause", "Finding", "all_clauses", "find_clause", "found"]


@dataclass(frozen=True, slots=True)
class Clause:
    """Something that a client must not do. `example` is a headline as it may be reported."""

    code: str
    name: str
    level: Level
    summary: str
    help: str
    example: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of a clause in one case.

    `channel` is where it shows, empty for the case as a whole; `evidence` are pairs of a label and
    a text.
    """

    code: str
    name: str
    level: Level
    message: str
    channel: str = ""
    evidence: tuple[tuple[str, str], ...] = ()


_ALL = (
    Clause(
        "CLIENT-001",
        "fails-on-allowed-answer",
        Level.ERROR,
        "An answer that the API may give reaches the caller, and no error in its place.",
        "the caller gets an exception for an answer that is right, and has paid for it",
        "an allowed answer became `ValidationError`: `field required`",
    ),
    Clause(
        "CLIENT-002",
        "crashes",
        Level.ERROR,
        "The program that makes the call goes on, whatever the answer is.",
        "what the server sends ends the process of the caller, and no handler can prevent it",
        "the process ended during the call: exit code 1",
    ),
    Clause(
        "CLIENT-003",
        "hangs",
        Level.ERROR,
        "The call ends once the answer has, or once its connection is lost.",
        "the caller waits for ever for what does not come",
        "no end within 5 s",
    ),
    Clause(
        "CLIENT-004",
        "makes-no-call",
        Level.ERROR,
        "What is told of an answer was asked for: a request is sent.",
        "the answer is somebody else's, or made up",
        "the call ended without a request and without an error",
    ),
    Clause(
        "CLIENT-005",
        "takes-another-route",
        Level.WARNING,
        "The call goes to the path of the second version of the API.",
        "the answer has another form there, and what only the second version knows is lost",
        "the call went to `/v1/rerank`",
    ),
    Clause(
        "CLIENT-010",
        "drops",
        Level.ERROR,
        "What the answer says in a channel reaches the caller.",
        "the caller never learns of it, and nothing tells that something is missing",
        "`citations`: 2 were sent, 0 arrived",
    ),
    Clause(
        "CLIENT-011",
        "truncates",
        Level.ERROR,
        "What the answer says in a channel reaches the caller to its end.",
        "the caller has a part and takes it for the whole",
        "`text`: 12 of 40 characters arrived",
    ),
    Clause(
        "CLIENT-012",
        "alters",
        Level.ERROR,
        "What reaches the caller is what was sent, character for character.",
        "the caller works with something that the model never said",
        "`text` differs from character 7 on",
    ),
    Clause(
        "CLIENT-013",
        "repeats",
        Level.ERROR,
        "What the answer says once reaches the caller once.",
        "the caller shows or runs the same thing twice",
        "`text` arrived 2 times",
    ),
    Clause(
        "CLIENT-014",
        "invents",
        Level.ERROR,
        "What the answer does not say does not reach the caller.",
        "the caller takes for the model's what the client made up or put into the wrong place",
        "`text`: nothing was sent, and `None` arrived",
    ),
    Clause(
        "CLIENT-015",
        "misreads-finish",
        Level.ERROR,
        "The caller learns why the answer ended.",
        "an answer that was cut short passes for a whole one, or the other way round",
        "the answer ended with `MAX_TOKENS`, and the caller was told `stop`",
    ),
    Clause(
        "CLIENT-016",
        "finishes-early",
        Level.WARNING,
        "The caller learns why the answer ended once it has, and not while it goes on.",
        "a caller that stops there, as it may, loses the rest of the answer",
        "the caller was told `tool_calls`, and 2 more pieces of the answer came behind it",
    ),
    Clause(
        "CLIENT-017",
        "counts-what-is-billed",
        Level.WARNING,
        "A count of tokens tells how many there were, where the answer says so.",
        "what is billed leaves tokens out, and a caller that counts them to fill a context overfills it",
        "`usage`: the counts of what is billed are told, and not those of the tokens",
    ),
    Clause(
        "CLIENT-020",
        "hides-failure",
        Level.ERROR,
        "A call that failed does not look like one that succeeded.",
        "the caller stores and shows half an answer, or none, as the answer",
        "the connection was lost, and the caller was told `stop`",
    ),
    Clause(
        "CLIENT-021",
        "hides-reason",
        Level.WARNING,
        "An error tells what the server said.",
        "whoever looks for the cause has only the name of an exception",
        "`BadRequestError` does not say `too many tokens`",
    ),
    Clause(
        "CLIENT-022",
        "misstates-status",
        Level.WARNING,
        "An error that names a status names the one that the server sent.",
        "a caller that decides by the status retries what is hopeless, or gives up too soon",
        "the server answered 429, and the error says 500",
    ),
    Clause(
        "CLIENT-023",
        "loses-partial-answer",
        Level.INFO,
        "What came before a failure has reached the caller.",
        "the caller has paid for what it does not get",
        "`text`: 12 of 40 characters that came before the failure arrived",
    ),
    Clause(
        "CLIENT-024",
        "repeats-delivered-call",
        Level.WARNING,
        "A stream that has begun is not asked for again behind the back of the caller.",
        "the answer is generated and paid for twice, and the second is another one",
        "the request was sent again after 3 events had arrived",
    ),
    Clause(
        "CLIENT-025",
        "stumbles",
        Level.WARNING,
        "A failure is told as what it is, and not by an accident inside the client.",
        "a handler for errors of the API does not catch it, and it names no cause",
        "the failure became `AttributeError`: `'NoneType' object has no attribute 'get'`",
    ),
    Clause(
        "CLIENT-026",
        "holds-back",
        Level.WARNING,
        "What has arrived is handed to the caller, and does not wait for what comes next.",
        "the caller shows nothing while the model writes, and nothing at all when the rest never comes",
        "while the stream stayed open, `text`: 12 characters were sent, and none arrived",
    ),
    Clause(
        "CLIENT-027",
        "blurs-failure",
        Level.WARNING,
        "A failure is told as a failure, and not as an end of unknown kind.",
        "whoever looks for errors takes half an answer, or none, for the answer",
        "a text that ends after event 3, and the caller was told no more than `other`",
    ),
    Clause(
        "CLIENT-030",
        "drops-from-request",
        Level.ERROR,
        "What the caller gives is sent.",
        "the caller sets an option and gets an answer that was made without it",
        "`/seed`, given as `0`, is not sent",
    ),
    Clause(
        "CLIENT-031",
        "alters-request",
        Level.ERROR,
        "What is sent has the value that the caller gave.",
        "the model answers another question than the one that was asked",
        "`/messages/0/content` was given as `a b` and sent as `a`",
    ),
    Clause(
        "CLIENT-032",
        "rewrites-request",
        Level.INFO,
        "What the caller gives is sent in the form that it was given in.",
        "it says the same, but recordings and caches that compare requests see another one",
        '`/messages/0/content` is sent in another form: `[{"type": "text"}]`',
    ),
    Clause(
        "CLIENT-033",
        "adds-to-request",
        Level.INFO,
        "What is sent was given by the caller.",
        "a value that nobody chose decides about the answer, or is billed",
        "`/temperature` is sent as `0.7`, and was not given",
    ),
    Clause(
        "CLIENT-034",
        "declines-event-stream",
        Level.WARNING,
        "A client that asks for a stream accepts `text/event-stream`.",
        "the live API seems to answer it with JSON Lines, which have no terminator",
        "a stream is asked for with `Accept: application/json`",
    ),
    Clause(
        "CLIENT-035",
        "refuses-call",
        Level.ERROR,
        "A call that the API takes is sent.",
        "the caller cannot ask for what the API offers, although the client has a place for it",
        "the call was not sent: `RuntimeError`: images are not supported",
    ),
    Clause(
        "CLIENT-036",
        "puts-words",
        Level.WARNING,
        "What a message says was given by the caller.",
        "the model reads what nobody said, as if it had been said",
        '`/messages/1/tool_plan` is sent as `"I will use a tool."`, and was not given',
    ),
    Clause(
        "CLIENT-040",
        "leaves-stream",
        Level.WARNING,
        "A stream that was asked for is read to its end.",
        "the answer is paid for and thrown away, and why it would have ended is never known",
        "the connection was closed after 3 of 21 events",
    ),
    Clause(
        "CLIENT-041",
        "retries-what-is-refused",
        Level.WARNING,
        "A request that is refused for what it says is not sent again as it was.",
        "it is refused again, counts against the rate limit, and the caller learns of it later",
        "a request that was refused with 400 was sent again unchanged, 2 times",
    ),
    Clause(
        "CLIENT-042",
        "ignores-retry-after",
        Level.WARNING,
        "Whoever is told to wait waits for that long.",
        "a server that asks for a pause gets more work instead, and answers with more refusals",
        "asked to wait 2 s, the client sent again after 0.5 s",
    ),
    Clause(
        "CLIENT-043",
        "retries-without-pause",
        Level.WARNING,
        "Between the attempts of a call there is a pause that grows.",
        "many clients that do so at once keep a server down that could recover",
        "3 attempts within 0.02 s",
    ),
    Clause(
        "CLIENT-044",
        "uses-another-key",
        Level.WARNING,
        "The key that is sent is the one that the program was given.",
        "a key that stands in the code is shared with everyone who reads it",
        "the key in `Authorization` is not the one in `CO_API_KEY`",
    ),
    Clause(
        "CLIENT-045",
        "fails-beside-the-mock",
        Level.ERROR,
        "A program whose calls are answered as the API answers them does its work.",
        "it will fail beside the API too, as soon as that answers so",
        "the program ended with exit code 1, although all its calls were answered",
    ),
    Clause(
        "CLIENT-046",
        "ends-well-without-answers",
        Level.INFO,
        "A program that got no whole answer does not end as if it had.",
        "whoever started it takes what it made for complete",
        "the program ended with exit code 0, and no call got a whole answer",
    ),
    Clause(
        "CLIENT-047",
        "garbles-http",
        Level.ERROR,
        "What is sent is HTTP/1.1, and comes to its end.",
        "no server can tell what is asked, and most close the connection without an answer",
        "the request ended after 90 of the 95 bytes that `Content-Length` announces",
    ),
    Clause(
        "CLIENT-048",
        "shows-key",
        Level.WARNING,
        "The key is sent in the `Authorization` header and nowhere else.",
        "addresses and bodies are kept in logs and caches, and the key with them",
        "the key stands in the address of the request",
    ),
)

CLAUSES: dict[str, Clause] = {clause.code: clause for clause in _ALL}
_NAMED = {clause.name: clause for clause in _ALL}


def all_clauses() -> list[Clause]:
    """Every clause, by code."""
    return [CLAUSES[code] for code in sorted(CLAUSES)]


def find_clause(key: str) -> Clause | None:
    """The clause of this code or name (case is folded, `_` is `-`), or None."""
    wanted = key.strip().replace("_", "-").casefold()
    return next((c for c in all_clauses() if wanted in (c.code.casefold(), c.name)), None)


def found(
    name: str,
    message: str,
    channel: str = "",
    *,
    level: Level | None = None,
    evidence: tuple[tuple[str, str], ...] = (),
) -> Finding:
    """A breach of the clause of this name; `level` may only be milder than that of the clause."""
    clause = _NAMED[name]
    return Finding(clause.code, clause.name, level or clause.level, message, channel, evidence)
