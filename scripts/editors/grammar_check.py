"""Tokenizes programs with the TextMate grammar of editors/vscode, through Oniguruma as editors do."""

import json
import logging
import pathlib
import sys

from textmate_grammar.parsers.base import LanguageParser

logging.disable(logging.CRITICAL)
FOLDER = pathlib.Path("editors/vscode")
grammar = LanguageParser(json.loads((FOLDER / "syntaxes/rls.tmLanguage.json").read_text()))
# Every file that the manifest names is there, and all of them are JSON.
manifest = json.loads((FOLDER / "package.json").read_text())
for entry in manifest["contributes"]["languages"] + manifest["contributes"]["grammars"]:
    for key in ("configuration", "path"):
        if key in entry:
            json.loads((FOLDER / entry[key]).read_text())

PROGRAM = '''\
fn gate(r, tau = 1) = 4 / tau   # half
x = {a: 1.5e-3}.a ?? none
print "v \\(f("in")) end", not x
'''


def scopes(text: str) -> list[tuple[str, str]]:
    found = grammar.parse_string(text)
    return [(piece, names[-1]) for _, piece, names in found.flatten()]


seen = scopes(PROGRAM)
for piece, scope in [
    ("fn", "keyword.declaration.function.rls"),
    ("gate", "entity.name.function.rls"),
    ("4", "constant.numeric.rls"),
    ("# half", "comment.line.number-sign.rls"),
    ("a", "variable.parameter.rls"),
    ("1.5e-3", "constant.numeric.rls"),
    ("a", "variable.other.member.rls"),
    ("??", "keyword.operator.rls"),
    ("none", "constant.language.rls"),
    ("f", "entity.name.function.call.rls"),
    ("in", "string.quoted.double.rls"),
    (" end", "string.quoted.double.rls"),
    ("not", "keyword.operator.word.rls"),
]:
    if not any(piece in text and name == scope for text, name in seen):
        sys.exit(f"`{piece}` is no {scope}: {seen}")
print("the TextMate grammar tokenizes as it should")
