"""Reads the event file of a run with TensorBoard itself and compares it with the log, number by number.

    pip install tensorboard
    python scripts/durability/check_events.py runs/sapo
"""
import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

folder = sys.argv[1]
events = EventAccumulator(folder)
events.Reload()
with open(f"{folder}/metrics.jsonl") as log:
    rows = [json.loads(line) for line in log]
names = events.Tags()["scalars"]
for name in names:
    found = [(event.step, event.value) for event in events.Scalars(name)]
    wanted = [(row["step"], row[name]) for row in rows if row.get(name) is not None]
    assert len(found) == len(wanted), (name, len(found), len(wanted))
    for (step, value), (wanted_step, number) in zip(found, wanted):
        # TensorBoard keeps single precision.
        assert step == wanted_step and abs(value - float(number)) <= 1e-7 * abs(float(number)), (name, step)
print(f"{len(names)} curves of {len(rows)} rows agree")
