"""JSON as the Python runtimes write it, which is as simplejson does: bytes as text, named tuples as
objects, Decimals as numbers with all their digits."""

import json
import os
import sys

SCALARS = {str, int, float, bool, type(None)}


class Encoder(json.JSONEncoder):
    mark = None

    def default(self, value):
        if isinstance(value, bytes):
            return value.decode("utf8")
        decimal = sys.modules.get("decimal")
        if not decimal or not isinstance(value, decimal.Decimal):
            return super().default(value)
        if value.is_nan():
            return float("nan")
        # Marked strings, to be unquoted afterwards.
        self.mark = self.mark or "decimal-%s:" % os.urandom(16).hex()
        return self.mark + str(value)


def encode(value, ascii_only):
    encoder = Encoder(ensure_ascii=ascii_only)
    try:
        value = plain(value)
    except RecursionError:
        # The encoder says it better where it is a circle.
        pass
    text = encoder.encode(value)
    if encoder.mark is None:
        return text
    import re

    return re.sub('"%s([^"]*)"' % encoder.mark, r"\1", text)


def plain(value):
    """What the encoder would not hand to `default`: named tuples, and keys of dicts."""
    as_dict = getattr(value, "_asdict", None)
    if callable(as_dict):
        value = as_dict()
    if isinstance(value, dict):
        return {
            name if type(name) is str else key(name): item if type(item) in SCALARS else plain(item)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [item if type(item) in SCALARS else plain(item) for item in value]
    return value


def key(name):
    if isinstance(name, bytes):
        return name.decode("utf8")
    if name is None or isinstance(name, (str, int, float)):
        return name
    kind = type(name).__name__
    raise TypeError("keys must be str, int, float, bool or None, not " + kind)
