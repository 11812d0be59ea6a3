"""Logs of the Python runtimes: log events as frames on the telemetry descriptor, in the text or the
JSON form."""

import json
import os
import time

FRAME_TEXT = 0xA55A0003
FRAME_JSON = 0xA55A0002
# The level stands in bits 2 to 4 of a frame's type.
LEVEL_BITS = {0: 0, 10: 0x08, 20: 0x0C, 30: 0x10, 40: 0x14, 50: 0x18}
ERROR = 40
HIGHEST = 50
STAMP = "%Y-%m-%dT%H:%M:%S"
NO_BREAK_SPACE = "\u00a0"
# The names for levels that AWS_LAMBDA_LOG_LEVEL has and Python has not.
LEVEL_NAMES = {"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}

descriptor = 1
json_log = False
folders = ()
request_id = None


def start(task_root, runtime):
    """Reads what the environment says of logs, and of the folders that they tell of."""
    global descriptor, json_log, folders
    descriptor = int(os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD"))
    json_log = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    folders = (
        (os.path.realpath(task_root), "/var/task"),
        (task_root, "/var/task"),
        (os.path.dirname(os.__file__), "/var/lang/lib/" + runtime),
        (os.path.dirname(os.path.abspath(__file__)), "/var/runtime"),
    )
    set_up_root_logger()


def on_aws(text):
    """Stack traces show the folders that AWS has in place of this machine's."""
    for here, there in folders:
        text = text.replace(here, there)
    return text


def write(message, level=0):
    """One log event, whatever lines it has."""
    text = message.encode("utf8", "surrogateescape")
    kind = (FRAME_JSON if json_log else FRAME_TEXT) | LEVEL_BITS[level]
    micros = time.time_ns() // 1000
    data = b"".join(
        (kind.to_bytes(4, "big"), len(text).to_bytes(4, "big"), micros.to_bytes(8, "big"), text)
    )
    while data:
        data = data[os.write(descriptor, data):]


def level_of(record):
    return min(HIGHEST, max(0, record.levelno)) // 10 * 10


def set_up_root_logger():
    """Gives the root logger the handler that writes log events."""
    import logging

    class Handler(logging.Handler):
        def emit(self, record):
            write(self.format(record), level_of(record))

    class RequestId(logging.Filter):
        def filter(self, record):
            record.aws_request_id = request_id or ""
            return True

    logging.Formatter.converter = time.gmtime
    handler = Handler()
    line = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
    handler.setFormatter(json_formatter(logging) if json_log else logging.Formatter(line, STAMP))
    handler.addFilter(RequestId())
    root = logging.getLogger()
    wanted = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = LEVEL_NAMES.get(wanted, wanted)
    if level in logging._nameToLevel:
        root.setLevel(level)
    root.addHandler(handler)


def json_formatter(logging):
    import traceback

    standard = set(vars(logging.LogRecord("", 0, "", 0, "", (), None)))
    standard.add("aws_request_id")
    # Known to the records of Python 3.12, not to the runtime.
    standard.discard("taskName")

    class JsonFormatter(logging.Formatter):
        def format(self, record):
            record.levelno = level_of(record)
            record.levelname = logging.getLevelName(record.levelno)
            failure, location = failure_of(record)
            entry = {
                "timestamp": self.formatTime(record, STAMP + "Z"),
                "level": record.levelname,
                "message": record.getMessage(),
                "logger": record.name,
                **failure,
                "requestId": record.aws_request_id,
                **location,
            }
            for key, value in vars(record).items():
                if key not in standard and key not in entry and value is not None:
                    entry[key] = value
            return json.dumps(entry, ensure_ascii=False) + "\n"

    def failure_of(record):
        if not record.exc_info:
            return {}, {}
        kind, value, trace = record.exc_info
        failure = {
            "stackTrace": [on_aws(line) for line in traceback.format_tb(trace)],
            "errorType": kind.__name__,
            "errorMessage": str(value),
        }
        place = "%s:%s:%s" % (record.pathname, record.funcName, record.lineno)
        return failure, {"location": on_aws(place)}

    return JsonFormatter()


def write_error(result, encode):
    """What the runtime itself logs of a failed invocation or initialization."""
    if json_log:
        stamp = time.strftime(STAMP + "Z", time.gmtime())
        write(encode({"timestamp": stamp, "log_level": "ERROR", **result}), ERROR)
        return
    parts = [part for part in (result["errorType"], result["errorMessage"]) if part]
    lines = [" ".join(["[ERROR]"] + [": ".join(parts)]), "Traceback (most recent call last):"]
    for element in result["stackTrace"]:
        for line in element.splitlines() or [""]:
            rest = line.lstrip(" ")
            lines.append(NO_BREAK_SPACE * (len(line) - len(rest)) + rest)
    write("\n".join(lines), ERROR)
