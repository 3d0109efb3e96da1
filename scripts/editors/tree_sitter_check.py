"""Parses every program of the repository with the tree-sitter grammar: what `rls fmt` reads has no error in it.

    tree_sitter_check.py TREE_SITTER RLS FOLDER      FOLDER has the generated parser

Programs are the `.rls` files, those of Tests/Language one by one, and the blocks of the documentation.
"""

import pathlib
import re
import subprocess
import sys

generator, rls, folder = sys.argv[1:]
pieces: list[tuple[str, str]] = []
for path in sorted(pathlib.Path(".").glob("[!.]*/**/*.rls")):
    text = path.read_text()
    parts = re.split(r"^---\n", text, flags=re.MULTILINE) if path.parts[:2] == ("Tests", "Language") else [text]
    pieces += [(f"{path} ({i})", part) for i, part in enumerate(parts, 1)]
for path in [*pathlib.Path("docs").glob("*.md"), pathlib.Path("README.md")]:
    found = re.findall(r"^```rls\n(.*?)^```", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    pieces += [(f"{path} ({i})", part) for i, part in enumerate(found, 1)]

programs = pathlib.Path(folder) / "programs"
programs.mkdir()
names = {}
for number, (name, text) in enumerate(pieces):
    if subprocess.run([rls, "fmt", "-"], input=text.encode(), capture_output=True).returncode == 0:
        file = programs / f"{number}.rls"
        file.write_text(text)
        names[str(file)] = name
listed = pathlib.Path(folder) / "programs.txt"
listed.write_text("\n".join(names))
parsed = subprocess.run(
    [generator, "parse", "--quiet", "--paths", str(listed)], cwd=folder, capture_output=True, text=True)
failed = [line for line in parsed.stdout.splitlines() if "ERROR" in line or "MISSING" in line]
for line in failed:
    print(names.get(line.split("\t")[0].strip(), ""), line)
if failed or parsed.returncode or len(names) < 400:
    sys.exit(f"tree-sitter: {len(failed)} of {len(names)} programs have errors\n{parsed.stderr}")
print(f"the tree-sitter grammar parses {len(names)} programs")
