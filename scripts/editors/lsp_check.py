"""Drives `rls lsp` with pygls' client, as an editor does.

    python -m venv ENV && ENV/bin/pip install pytest-lsp
    ENV/bin/python scripts/editors/lsp_check.py path/to/rls

pygls checks every answer against the types of the Language Server Protocol.
"""

import asyncio
import pathlib
import sys
import tempfile

from lsprotocol import types
from pytest_lsp import client_capabilities, make_test_lsp_client

PROGRAM = """\
include "lib.rls"
import "mod.rls" as m
# The mean of a batch.
fn mine(b, tau = 1) {
    τ = b.ratio * tau
    mean(τ)
}
y = mine(shared, tau: m.inner)
print "value \\(y)"
"""


async def check(rls: str, folder: pathlib.Path) -> None:
    (folder / "lib.rls").write_text("# What all share.\nshared = 1\n")
    (folder / "mod.rls").write_text("inner = 2\n")
    file = folder / "a b.rls"
    uri = file.as_uri()
    client = make_test_lsp_client()
    await client.start_io(rls, "lsp")
    seen = await client.initialize_session(types.InitializeParams(capabilities=client_capabilities("neovim")))
    assert seen.server_info.name == "rls"

    async def opened(text: str, version: int) -> list[types.Diagnostic]:
        if version == 1:
            client.text_document_did_open(
                types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "rls", version, text))
            )
        else:
            client.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    types.VersionedTextDocumentIdentifier(version=version, uri=uri),
                    [types.TextDocumentContentChangeWholeDocument(text)],
                )
            )
        await client.wait_for_notification("textDocument/publishDiagnostics")
        return list(client.diagnostics[uri])

    def at(word: str, after: int = 0) -> dict:
        offset = PROGRAM.index(word) + after
        line = PROGRAM.count("\n", 0, offset)
        column = offset - (PROGRAM.rfind("\n", 0, offset) + 1)
        return dict(text_document=types.TextDocumentIdentifier(uri), position=types.Position(line, column))

    found = await opened("x = sapoo()\n", 1)
    assert [(d.range.start.line, d.range.start.character, d.range.end.character) for d in found] == [(0, 4, 9)]
    assert "unknown name `sapoo`" in found[0].message and "did you mean `sapo`?" in found[0].message
    assert await opened(PROGRAM, 2) == []

    card = await client.text_document_hover_async(types.HoverParams(**at("mean(τ)")))
    assert "mean(x" in card.contents.value
    own = await client.text_document_hover_async(types.HoverParams(**at("mine(shared")))
    assert own.contents.value == "```rls\nfn mine(b, tau = 1)\n# The mean of a batch.\n```"

    async def definition(word: str, after: int = 0) -> tuple[str, int, int]:
        place = await client.text_document_definition_async(types.DefinitionParams(**at(word, after)))
        return pathlib.Path(types.Location(place.uri, place.range).uri).name, place.range.start.line, place.range.start.character

    assert await definition("mine(shared") == ("a%20b.rls", 3, 3)
    assert await definition("tau\n") == ("a%20b.rls", 3, 11)
    assert await definition("τ)") == ("a%20b.rls", 4, 4)
    assert await definition("shared") == ("lib.rls", 1, 0)
    assert await definition("m.inner", 2) == ("mod.rls", 0, 0)
    assert await definition("lib.rls") == ("lib.rls", 0, 0)
    assert await definition('(y)"', 1) == ("a%20b.rls", 7, 0)

    offered = await client.text_document_completion_async(types.CompletionParams(**at("b.ratio", 4)))
    assert [(i.label, i.detail != "") for i in offered if i.label == "ratio"] == [("ratio", True)]
    argument = await client.text_document_completion_async(types.CompletionParams(**at("tau: m", 2)))
    assert "tau: " in [i.text_edit.new_text for i in argument], argument

    symbols = await client.text_document_document_symbol_async(
        types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
    )
    assert [s.name for s in symbols] == ["m", "mine", "y"], symbols
    assert symbols[1].kind == types.SymbolKind.Function

    options = types.FormattingOptions(tab_size=4, insert_spaces=True)
    formatting = types.DocumentFormattingParams(types.TextDocumentIdentifier(uri), options)
    assert len(await client.text_document_formatting_async(formatting)) == 0
    await opened("x=1", 3)
    edits = await client.text_document_formatting_async(formatting)
    assert [e.new_text for e in edits] == ["x = 1\n"]

    await client.shutdown_session()
    await asyncio.wait_for(client._server.wait(), 30)
    assert client._server.returncode == 0
    await client.stop()


with tempfile.TemporaryDirectory() as name:
    asyncio.run(asyncio.wait_for(check(sys.argv[1], pathlib.Path(name).resolve()), 120))
print("rls lsp answers as the protocol has it")
