"""Published API descriptions (pages, YAML) -> the compiled contract that the rules judge by.

The outer layer of the contract: it may use YAML, JSONPath and click, and nothing at or below
`check` imports it. In the order of the data's way:

    page.py        bytes of a page or YAML file -> OpenAPI documents (yamlio.py reads YAML 1.2)
    interface.py   a document -> the interface facts of an endpoint, prose left behind (sieve.py)
    snapshot.py    facts <-> a snapshot folder
    dialect.py     facts in any dialect -> plain OpenAPI, by rules that report themselves
                   (rule.py; schema_rules.py, union_rules.py, document_rules.py)
    canonical.py   two documents -> one, with canonical names
    overlay.py     OpenAPI Overlay documents applied, every action accounted for
    pipeline.py    all of the above in order -> the corrected description
    clauses.py     the lists of clauses and tolerances, checked
    compile.py     the corrected description -> JSON Schema files
    export.py      the corrected description -> one OpenAPI file for other tools
    errata.py      every correction, as data and as text
    trial.py       a new description compiled in a folder that goes away again
    adopt.py       a trial -> the current snapshot, all or nothing

`lines.py` reads YAML for those who want to name places; `walk.py` and `address.py` find their way in
documents; `cli.py` holds the commands.
"""

from __future__ import annotations
