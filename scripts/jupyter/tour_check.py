"""Looks at the outputs of scripts/jupyter/tour.ipynb after `jupyter nbconvert --execute`."""

import sys
import xml.etree.ElementTree

import nbformat

notebook = nbformat.read(sys.argv[1], as_version=4)
nbformat.validate(notebook)
cells = [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(word: str) -> list:
    """What the one cell shows that has `word` in its code; progress leaves an empty text."""
    (cell,) = [cell for cell in cells if word in cell.source]
    return [output for output in cell.outputs if output.get("data", {}).get("text/plain") != ""]


(value,) = outputs("v * v")
assert value.output_type == "execute_result" and value.data == {"text/plain": "[1, 4, 16]"}, value
for word in ("plot gate", "plot run"):
    (plot,) = outputs(word)
    assert plot.output_type == "display_data", plot
    assert xml.etree.ElementTree.fromstring(plot.data["image/svg+xml"]).tag.endswith("svg"), plot
for word, rows in (("t = table", 3), ('by: "method"', 2), ("sweep tau", 2)):
    (table,) = outputs(word)
    assert table.data["text/html"].count("<tr>") == rows + 1, table
(run,) = outputs("train(start, task, sapo(), steps")
assert "run of 30 steps" in run.data["text/plain"], run
(error,) = outputs("share(x, 7)")
assert error.output_type == "error" and error.evalue == "index 7 is outside 0..2", error
assert "in[9]:2:5" in "\n".join(error.traceback), error
(after,) = outputs("share(x, 2)")
assert after.data["text/plain"] == "0.57142857", after
assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
print("scripts/jupyter/tour.ipynb with nbconvert: ok")
