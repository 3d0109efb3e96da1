"""Rollouts as lines of JSON, in the format of docs/rollouts.md: what the exporters of this folder share."""
import json
import math


def number(value):
    """A number as the format writes it: shortest digits, whole numbers without a point, NaN and infinities as texts."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def plain(value):
    """Texts, numbers and lists of them as JSON has them; tensors and arrays become lists."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return number(value)


def line(fields):
    """One episode as a line; fields that are None are left out."""
    kept = {name: plain(value) for name, value in fields.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def trimmed(values, length):
    """The first `length` values of a padded row; one value for the whole episode stays as it is."""
    return values if values is None or values.dim() == 0 else values[:length]
