"""Published API descriptions (pages, YAML) -> the compiled contract that the rules judge by.

The outer layer of the contract: it may use YAML, JSONPath and click, and nothing at or below
`check` imports it.

    page.py        bytes of a page or YAML file -> OpenAPI documents
    interface.py   a document -> its interface facts, prose left behind
    snapshot.py    facts <-> a snapshot folder
    dialect.py     facts in any dialect -> plain OpenAPI, by rules that report themselves
    canonical.py   two documents -> one, with canonical names
    overlay.py     OpenAPI Overlay documents applied, every action accounted for
    compile.py     the corrected document -> JSON Schema files
    export.py      the corrected document -> one OpenAPI file for other tools
    errata.py      every correction, as data and as text
"""

from __future__ import annotations
