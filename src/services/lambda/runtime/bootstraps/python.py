"""Runs a function of a Python runtime: loads the handler, takes invocations from the Runtime API and
answers them, as AWS's runtime does (aws-lambda-python-runtime-interface-client describes it).
Standard library only; Python 3.8 and newer."""

import importlib
import importlib.machinery
import importlib.util
import json
import os
import site
import sys
import time

import _socket

FRAME_TEXT = {0: 0xA55A0003, 10: 0xA55A000B, 20: 0xA55A000F, 30: 0xA55A0013, 40: 0xA55A0017, 50: 0xA55A001B}
FRAME_JSON = {0: 0xA55A0002, 10: 0xA55A000A, 20: 0xA55A000E, 30: 0xA55A0012, 40: 0xA55A0016, 50: 0xA55A001A}
ERROR_LEVEL = 40
NO_BREAK_SPACE = "\u00a0"
RECEIVE_BYTES = 256 * 1024
BASE = "/2018-06-01/runtime"
JSON_ASCII_RUNTIMES = ("python3.8", "python3.9", "python3.10", "python3.11")
LAMBDA_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. For "
    "functions using managed runtimes, runtime updates can be triggered by a function change, or can "
    "be applied automatically. To determine if the runtime has been updated, check the runtime "
    "version in the INIT_START log entry. If this error correlates with a change in the runtime "
    "version, you may be able to mitigate this error by temporarily rolling back to the previous "
    "runtime version. For more information, see "
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)
# The packages that the Python runtimes ship: boto3 and what it consists of.
SHIPPED = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}

TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
REAL_TASK_ROOT = os.path.realpath(TASK_ROOT)
RUNTIME = os.environ.get("AWS_EXECUTION_ENV", "").replace("AWS_Lambda_", "")
JSON_LOG = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


class Fault(Exception):
    """An error of the runtime's own, `Runtime.<kind>`."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = "Runtime." + kind
        self.message = message
        self.trace = trace


class LogSink:
    """Log events as frames on the telemetry descriptor."""

    def __init__(self, descriptor):
        self.descriptor = descriptor

    def log(self, message, frame=None):
        text = message.encode("utf8", "surrogateescape")
        kind = frame if frame is not None else FRAME_TEXT[0]
        micros = time.time_ns() // 1000
        data = kind.to_bytes(4, "big") + len(text).to_bytes(4, "big") + micros.to_bytes(8, "big") + text
        while data:
            data = data[os.write(self.descriptor, data):]


class SdkFinder:
    """Finds what the runtime ships when the function did not bring it."""

    def __init__(self, folders):
        self.folders = folders

    def find_spec(self, name, path=None, target=None):
        if path is None and name in SHIPPED:
            return importlib.machinery.PathFinder.find_spec(name, self.folders, target)
        return None


class Client:
    """The Runtime API over one kept connection."""

    def __init__(self, address):
        host, port = address.split(":")
        self.host = address
        self.socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self.socket.connect((host, int(port)))
        self.socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.pending = b""

    def next(self):
        """The head and the body of the next invocation."""
        return self.read()

    def ask(self):
        self.socket.sendall(self.next_request())

    def next_request(self):
        return ("GET %s/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n" % (BASE, self.host)).encode()

    def answer(self, request_id, body, content_type):
        """Posts the response and asks for the next invocation in one write."""
        path = "/invocation/%s/response" % request_id
        self.socket.sendall(self.post(path, body, content_type) + self.next_request())
        self.read()

    def answer_error(self, request_id, result):
        path = "/invocation/%s/error" % request_id
        self.socket.sendall(self.error_post(path, result) + self.next_request())
        self.read()

    def init_error(self, result):
        self.socket.sendall(self.error_post("/init/error", result))
        self.read()

    def error_post(self, path, result):
        kind = result["errorType"].encode("ascii", "replace").decode()
        header = "Lambda-Runtime-Function-Error-Type: %s\r\n" % kind
        return self.post(path, encode(result).encode("utf8", "replace"), "application/json", header)

    def post(self, path, body, content_type, header=""):
        head = "POST %s%s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s%s\r\n" % (
            BASE, path, self.host, content_type, len(body), header, memory_header())
        return head.encode() + body

    def read(self):
        """The headers (lower case) and the body of one reply."""
        while b"\r\n\r\n" not in self.pending:
            self.receive()
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        headers = {}
        for line in head.decode("latin1").split("\r\n")[1:]:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        parts = [self.pending]
        missing = length - len(self.pending)
        while missing > 0:
            part = self.socket.recv(RECEIVE_BYTES)
            if not part:
                os._exit(1)
            parts.append(part)
            missing -= len(part)
        data = b"".join(parts)
        self.pending = data[length:]
        return headers, data[:length]

    def receive(self):
        part = self.socket.recv(RECEIVE_BYTES)
        if not part:
            # Without its server there is nothing left to do.
            os._exit(1)
        self.pending += part


def memory_header():
    """Where the machine does not tell a process's peak memory, the process does."""
    if sys.platform.startswith("linux"):
        return ""
    import resource

    unit = 1024 if sys.platform == "darwin" else 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
    return "Windtunnel-Max-Memory-Kb: %d\r\n" % peak


class Encoder(json.JSONEncoder):
    """Decimals as numbers with all their digits: marked strings first, unquoted afterwards."""

    mark = None

    def default(self, value):
        decimal = sys.modules.get("decimal")
        if not decimal or not isinstance(value, decimal.Decimal):
            return super().default(value)
        if value.is_nan():
            return float("nan")
        self.mark = self.mark or "decimal-%s:" % os.urandom(16).hex()
        return self.mark + str(value)


def encode(value):
    encoder = Encoder(ensure_ascii=RUNTIME in JSON_ASCII_RUNTIMES)
    text = encoder.encode(value)
    if encoder.mark is None:
        return text
    import re

    return re.sub('"%s([^"]*)"' % encoder.mark, r"\1", text)


class CognitoIdentity:
    __slots__ = ["cognito_identity_id", "cognito_identity_pool_id"]

    def __repr__(self):
        return "CognitoIdentity([cognito_identity_id=%s,cognito_identity_pool_id=%s])" % (
            self.cognito_identity_id, self.cognito_identity_pool_id)


class Client_:
    __slots__ = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]

    def __repr__(self):
        return "Client([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in self.__slots__)


class ClientContext:
    __slots__ = ["custom", "env", "client"]

    def __repr__(self):
        return "ClientContext([custom=%s,env=%s,client=%s])" % (self.custom, self.env, self.client)


Client_.__name__ = "Client"


def object_of(kind, values):
    if values is None:
        return None
    made = kind()
    for name in kind.__slots__:
        setattr(made, name, values.get(name))
    return made


class LambdaContext:
    def __init__(self, headers):
        env = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.client_context = object_of(ClientContext, header_json(headers, "client-context", "Client Context"))
        if self.client_context is not None:
            self.client_context.client = object_of(Client_, self.client_context.client)
        self.identity = object_of(CognitoIdentity, {})
        identity = header_json(headers, "cognito-identity", "Cognito Identity")
        if identity is not None:
            self.identity.cognito_identity_id = identity.get("cognitoIdentityId")
            self.identity.cognito_identity_pool_id = identity.get("cognitoIdentityPoolId")
        self._epoch_deadline_time_in_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        left = self._epoch_deadline_time_in_ms - int(time.time() * 1000)
        return left if left > 0 else 0

    def log(self, message):
        SINK.log(str(message))

    def __repr__(self):
        names = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                 "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in names)


def header_json(headers, name, title):
    text = headers.get("lambda-runtime-" + name)
    if not text:
        return None
    try:
        return json.loads(text)
    except Exception as error:
        raise Fault("LambdaContextUnmarshalError", "Unable to parse %s JSON: %s" % (title, error))


REQUEST_ID = None


def setup_logging():
    import logging

    class SinkHandler(logging.Handler):
        log_sink = SINK

        def emit(self, record):
            level = min(50, max(0, record.levelno)) // 10 * 10
            frames = FRAME_JSON if JSON_LOG else FRAME_TEXT
            SINK.log(self.format(record), frames.get(level, frames[0]))

    class RequestIdFilter(logging.Filter):
        def filter(self, record):
            record.aws_request_id = REQUEST_ID or ""
            record.tenant_id = None
            return True

    logging.Formatter.converter = time.gmtime
    handler = SinkHandler()
    if JSON_LOG:
        handler.setFormatter(json_formatter(logging))
    else:
        handler.setFormatter(logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(RequestIdFilter())
    root = logging.getLogger()
    wanted = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = {"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(wanted, wanted)
    if level:
        root.setLevel(level)
    root.addHandler(handler)


def json_formatter(logging):
    import traceback

    standard = set(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"aws_request_id", "tenant_id"}

    class JsonFormatter(logging.Formatter):
        def format(self, record):
            record.levelno = min(50, max(0, record.levelno)) // 10 * 10
            record.levelname = logging.getLevelName(record.levelno)
            failure = record.exc_info if record.exc_info and record.exc_info[0] else None
            entry = {
                "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
                "level": record.levelname,
                "message": record.getMessage(),
                "logger": record.name,
                "stackTrace": failure and [on_aws(line) for line in traceback.format_tb(failure[2])],
                "errorType": failure and failure[0].__name__,
                "errorMessage": failure and str(failure[1]),
                "requestId": record.aws_request_id,
                "location": failure and on_aws("%s:%s:%s" % (record.pathname, record.funcName, record.lineno)),
            }
            entry.update((key, value) for key, value in vars(record).items()
                         if key not in standard and key not in entry)
            entry = {key: value for key, value in entry.items() if value is not None}
            return json.dumps(entry, ensure_ascii=False, default=str) + "\n"

    return JsonFormatter()


def on_aws(text):
    """Stack traces show the folders that AWS has in place of this machine's."""
    text = text.replace(REAL_TASK_ROOT, "/var/task").replace(TASK_ROOT, "/var/task")
    return text.replace(os.path.dirname(os.__file__), "/var/lang/lib/" + RUNTIME)


def log_error(result):
    if JSON_LOG:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        SINK.log(encode({"timestamp": stamp, "log_level": "ERROR", **result}), FRAME_JSON[ERROR_LEVEL])
        return
    kind, message = result["errorType"], result["errorMessage"]
    title = "[ERROR]" + (" " + kind if kind else "")
    if message:
        title += (":" if kind else "") + " " + message
    lines = [title, "Traceback (most recent call last):"]
    for element in result["stackTrace"]:
        for line in element.splitlines() or [""]:
            rest = line.lstrip(" ")
            lines.append(NO_BREAK_SPACE * (len(line) - len(rest)) + rest)
    SINK.log("\n".join(lines), FRAME_TEXT[ERROR_LEVEL])


def error_result(kind, message, trace, request_id=""):
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace or []}


def exception_result(request_id=""):
    """The exception being handled, without the frames of this file and of the import system."""
    import traceback

    kind, value, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)
    own = [at for at, frame in enumerate(frames) if frame.filename == __file__]
    kept = frames[own[-1] + 1:] if own else frames
    texts = [on_aws(text) for text in traceback.format_list(kept)]
    return error_result(kind.__name__, on_aws(str(value)), texts, request_id)


def load_handler(handler):
    try:
        module_name, function_name = handler.rsplit(".", 1)
    except ValueError as error:
        raise Fault("MalformedHandlerName", "Bad handler '%s': %s" % (handler, error))
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("ImportModuleError", "Unable to import module '%s': %s" % (module_name, on_aws(str(error))))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (on_aws(str(error.filename)), error.lineno, error.text)]
        raise Fault("UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))


def set_search_path():
    """The folders of AWS in its order: code, layers, standard library."""
    opt = os.environ.pop("_WINDTUNNEL_OPT", "/opt")
    folders = os.environ.pop("_WINDTUNNEL_SDK", "")
    here = os.path.dirname(os.path.abspath(__file__))
    layer = os.path.join(opt, "python")
    version = "python%d.%d" % sys.version_info[:2]
    packages = os.path.join(layer, "lib", RUNTIME or version, "site-packages")
    rest = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    sys.path[:] = [TASK_ROOT, packages, layer] + rest
    if folders:
        sys.meta_path.append(SdkFinder(folders.split(":")))


def handle(client, handler, headers, body):
    request_id = headers["lambda-runtime-aws-request-id"]
    try:
        context = LambdaContext(headers)
        try:
            event = json.loads(body)
        except Exception as error:
            raise Fault("UnmarshalError", "Unable to unmarshal input: %s" % error)
        response = handler(event, context)
        if isinstance(response, bytes):
            answer, content_type = response, "application/unknown"
        else:
            answer, content_type = marshal(response), "application/json"
    except Fault as fault:
        result = error_result(fault.kind, fault.message, fault.trace, request_id)
    except Exception:
        result = exception_result(request_id)
    else:
        return client.answer(request_id, answer, content_type)
    log_error(result)
    client.answer_error(request_id, result)


def marshal(response):
    try:
        return encode(response).encode("utf8", "surrogatepass")
    except Exception as error:
        raise Fault("MarshalError", "Unable to marshal response: %s" % error)


def main():
    global REQUEST_ID, SINK
    site.setquit()
    SINK = LogSink(int(os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD")))
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf8", errors="backslashreplace")
    set_search_path()
    client = Client(os.environ["AWS_LAMBDA_RUNTIME_API"])
    setup_logging()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Fault as fault:
        result = error_result(fault.kind, fault.message, fault.trace)
    except Exception:
        result = exception_result()
    else:
        client.ask()
        while True:
            headers, body = client.next()
            REQUEST_ID = headers["lambda-runtime-aws-request-id"]
            trace = headers.get("lambda-runtime-trace-id")
            if trace:
                os.environ["_X_AMZN_TRACE_ID"] = trace
            else:
                os.environ.pop("_X_AMZN_TRACE_ID", None)
            handle(client, handler, headers, body)
    import logging

    logging.warning(LAMBDA_WARNING)
    log_error(result)
    client.init_error(result)
    sys.exit(1)


main()
