"""The Runtime API over one kept connection."""

import os
import sys

import _socket

BASE = "/2018-06-01/runtime"
ASSIGNMENT = "/windtunnel/assignment"
RECEIVE_BYTES = 256 * 1024
HEAD_END = b"\r\n\r\n"
BYTES_PER_KB = 1024


class Client:
    def __init__(self, address):
        host, port = address.split(":")
        self.host = address
        self.socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self.socket.connect((host, int(port)))
        self.socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.pending = b""

    def assignment(self):
        """For a process that was started ahead of its function: what it shall be."""
        text = "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (ASSIGNMENT, self.host)
        self.socket.sendall(text.encode())
        return self.read()[1]

    def ask(self):
        """Asks for the first invocation; each answer asks for the next one."""
        self.socket.sendall(self.next_request())

    def next(self):
        """The headers and the body of the invocation that was asked for."""
        return self.read()

    def answer(self, request_id, body, content_type):
        path = "/invocation/%s/response" % request_id
        self.socket.sendall(self.post(path, body, content_type) + self.next_request())
        self.read()

    def answer_error(self, request_id, error_type, body):
        path = "/invocation/%s/error" % request_id
        self.socket.sendall(self.error_post(path, error_type, body) + self.next_request())
        self.read()

    def init_error(self, error_type, body):
        self.socket.sendall(self.error_post("/init/error", error_type, body))
        self.read()

    def next_request(self):
        text = "GET %s/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n" % (BASE, self.host)
        return text.encode()

    def error_post(self, path, error_type, body):
        kind = error_type.encode("ascii", "replace").decode()
        header = "Lambda-Runtime-Function-Error-Type: %s\r\n" % kind
        return self.post(path, body, "application/json", header)

    def post(self, path, body, content_type, headers=""):
        head = (
            "POST %s%s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n"
        ) % (BASE, path, self.host, content_type, len(body), headers + memory_header())
        return head.encode() + body

    def read(self):
        """The headers, in lower case, and the body of one reply."""
        while HEAD_END not in self.pending:
            self.pending += self.receive()
        head, self.pending = self.pending.split(HEAD_END, 1)
        headers = {}
        for line in head.decode("latin1").split("\r\n")[1:]:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        parts = [self.pending]
        missing = length - len(self.pending)
        while missing > 0:
            parts.append(self.receive())
            missing -= len(parts[-1])
        data = b"".join(parts)
        self.pending = data[length:]
        return headers, data[:length]

    def receive(self):
        part = self.socket.recv(RECEIVE_BYTES)
        if not part:
            # Without its server there is nothing left to do.
            os._exit(1)
        return part


def memory_header():
    """Where the machine does not tell a process's peak memory, the process does."""
    if sys.platform.startswith("linux"):
        return ""
    import resource

    unit = BYTES_PER_KB if sys.platform == "darwin" else 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
    return "Windtunnel-Max-Memory-Kb: %d\r\n" % peak
