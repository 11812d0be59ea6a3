"""Runs a function of a Python runtime: loads the handler, takes invocations from the Runtime API
and answers them, as AWS's runtime does (aws-lambda-python-runtime-interface-client describes it).
Standard library only; Python 3.8 and newer."""

import importlib
import importlib.machinery
import json
import os
import site
import sys
import time

import python_json
import python_log
from python_client import Client
from python_context import LambdaContext
from python_log import on_aws

# These runtimes answer in ASCII, the later ones in UTF-8.
ASCII_RUNTIMES = ("python3.8", "python3.9", "python3.10", "python3.11")
COERCED_LOCALE = "C.UTF-8"
# What a process started ahead may load before it knows its function.
IMPORTED_AHEAD = ("logging", "traceback", "decimal", "datetime", "urllib.request", "uuid")
# The packages that the Python runtimes ship: boto3 and what it consists of.
SHIPPED = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
LAMBDA_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. For "
    "functions using managed runtimes, runtime updates can be triggered by a function change, or "
    "can be applied automatically. To determine if the runtime has been updated, check the runtime "
    "version in the INIT_START log entry. If this error correlates with a change in the runtime "
    "version, you may be able to mitigate this error by temporarily rolling back to the previous "
    "runtime version. For more information, see "
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)


class Fault(Exception):
    """An error of the runtime's own, `Runtime.<kind>`."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = "Runtime." + kind
        self.message = message
        self.trace = trace


class SdkFinder:
    """Finds what the runtime ships when the function did not bring it."""

    def __init__(self, folders):
        self.folders = folders

    def find_spec(self, name, path=None, target=None):
        if path is None and name in SHIPPED:
            return importlib.machinery.PathFinder.find_spec(name, self.folders, target)
        return None


def runtime_name():
    return os.environ.get("AWS_EXECUTION_ENV", "").replace("AWS_Lambda_", "")


def encode(value):
    return python_json.encode(value, ascii_only=runtime_name() in ASCII_RUNTIMES)


def error_bytes(result):
    return encode(result).encode("utf8", "replace")


def error_result(kind, message, trace, request_id=""):
    return {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace or [],
    }


def exception_result(request_id=""):
    """The exception being handled, without the frames of this file that lead to it."""
    import traceback

    kind, value, trace = sys.exc_info()
    frames = [(at.filename, at.lineno, at.name, at.line) for at in traceback.extract_tb(trace)]
    foreign = [place for place, frame in enumerate(frames) if frame[0] != __file__]
    texts = traceback.format_list(frames[foreign[0]:] if foreign else frames)
    trace = [on_aws(text) for text in texts]
    return error_result(kind.__name__, on_aws(str(value)), trace, request_id)


def load_handler(handler):
    try:
        module_name, name = handler.rsplit(".", 1)
    except ValueError as error:
        raise Fault("MalformedHandlerName", "Bad handler '%s': %s" % (handler, error))
    if module_name.split(".")[0] in sys.builtin_module_names:
        text = "Cannot use built-in module %s as a handler module" % module_name
        raise Fault("BuiltInModuleConflict", text)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        text = "Unable to import module '%s': %s" % (module_name, on_aws(str(error)))
        raise Fault("ImportModuleError", text)
    except SyntaxError as error:
        place = (on_aws(str(error.filename)), error.lineno, error.text)
        text = "Syntax error in module '%s': %s" % (module_name, error)
        raise Fault("UserCodeSyntaxError", text, ['  File "%s" Line %s\n    %s' % place])
    try:
        return getattr(module, name)
    except AttributeError:
        raise Fault("HandlerNotFound", "Handler '%s' missing on module '%s'" % (name, module_name))


def set_search_path():
    """The folders of AWS in its order: code, layers, standard library; with their .pth files. Who
    sets PYTHONPATH says where layers are, too."""
    opt = os.environ.pop("_WINDTUNNEL_OPT", "/opt")
    sdk = os.environ.pop("_WINDTUNNEL_SDK", "")
    here = os.path.dirname(os.path.abspath(__file__))
    folders = [os.environ["LAMBDA_TASK_ROOT"]]
    if os.environ.get("PYTHONPATH") == os.environ["LAMBDA_RUNTIME_DIR"]:
        layer = os.path.join(opt, "python")
        folders += [os.path.join(layer, "lib", runtime_name(), "site-packages"), layer]
    else:
        # Wrappers that instrument functions bring one.
        site.execsitecustomize()
    sys.path[:] = folders + [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    for folder in folders:
        site.addsitedir(folder)
    if sdk:
        sys.meta_path.append(SdkFinder(sdk.split(":")))


def header_json(headers, name, title):
    text = headers.get("lambda-runtime-" + name)
    if not text:
        return None
    try:
        return json.loads(text)
    except Exception as error:
        text = "Unable to parse %s JSON: %s" % (title, error)
        raise Fault("LambdaContextUnmarshalError", text)


def unmarshal(headers, body):
    """The event and the context."""
    client_context = header_json(headers, "client-context", "Client Context")
    identity = header_json(headers, "cognito-identity", "Cognito Identity")
    context = LambdaContext(headers, client_context, identity)
    try:
        return json.loads(body), context
    except Exception as error:
        raise Fault("UnmarshalError", "Unable to unmarshal input: %s" % error)


def marshal(response):
    try:
        return response if isinstance(response, bytes) else encode(response)
    except Exception as error:
        raise Fault("MarshalError", "Unable to marshal response: %s" % error)


def handle(client, handler, headers, body):
    request_id = headers["lambda-runtime-aws-request-id"]
    python_log.request_id = request_id
    trace = headers.get("lambda-runtime-trace-id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        event, context = unmarshal(headers, body)
        response = handler(event, context)
        answer = marshal(response)
    except Fault as fault:
        result = error_result(fault.kind, fault.message, fault.trace, request_id)
    except Exception:
        result = exception_result(request_id)
    else:
        if isinstance(answer, bytes):
            return client.answer(request_id, answer, "application/unknown")
        # Text that is none ends the runtime, as on AWS.
        return client.answer(request_id, answer.encode("utf8"), "application/json")
    python_log.write_error(result, encode)
    client.answer_error(request_id, result["errorType"], error_bytes(result))


def become_assigned(client):
    """Becomes the function that the server has for a process started ahead."""
    for name in IMPORTED_AHEAD:
        importlib.import_module(name)
    assignment = json.loads(client.assignment())
    os.environ.clear()
    os.environ.update(assignment["variables"])
    os.chdir(assignment["cwd"])
    time.tzset()


def main():
    # The code folder is read-only on AWS: nothing is cached in it.
    sys.dont_write_bytecode = True
    site.setquit()
    site.setcopyright()
    site.sethelper()
    # Python sets it by itself where the machine lacks the locale of LANG; on AWS it is not there.
    if os.environ.get("LC_CTYPE") == COERCED_LOCALE:
        del os.environ["LC_CTYPE"]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    client = Client(os.environ["AWS_LAMBDA_RUNTIME_API"])
    if "_WINDTUNNEL_SPARE" in os.environ:
        become_assigned(client)
    set_search_path()
    python_log.start(os.environ["LAMBDA_TASK_ROOT"], runtime_name())
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
            handle(client, handler, headers, body)
    import logging

    logging.warning(LAMBDA_WARNING)
    python_log.write_error(result, encode)
    client.init_error(result["errorType"], error_bytes(result))
    sys.exit(1)


main()
