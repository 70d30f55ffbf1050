"""A proxy before the services that records every request and makes some fail."""

import dataclasses
import http.client
import http.server
import json
import re
import threading
import urllib.parse

from . import masks

# The headers that change the meaning of a request.
_HEADERS = re.compile(r"x-amz-(?:target|meta-.*|version-id|copy-source.*)|if-.*|range|content-type|content-encoding")
RESET, CUT, PART = "reset", "cut", "part"
_CHUNKED = "aws-chunked"
_DYNAMODB = "com.amazonaws.dynamodb.v20120810#"


@dataclasses.dataclass
class Fault:
    """A fault of the `at`th request (from 1) whose operation has all `words`, and of those after it.

    The first word is the service. An `error` is a status and a code; RESET closes the connection, CUT does after
    half of an answer's body, PART writes half of a batch and gives the rest back.
    """

    words: str
    error: tuple | str
    at: int = 1
    times: int = 1
    seen: int = 0

    @property
    def service(self):
        """The service of the request."""
        return self.words.split()[0]

    def takes(self, operation):
        """Whether the next request fails."""
        if not all(word in operation for word in self.words.split()):
            return False
        self.seen += 1
        return self.at <= self.seen < self.at + self.times


@dataclasses.dataclass(frozen=True, order=True)
class Sent:
    """A request: what it does, and its text with headers and body."""

    operation: str
    text: str


class Proxy(http.server.ThreadingHTTPServer):
    """Hands requests on to one service, for as long as a `with` block lasts."""

    daemon_threads = True

    def __init__(self, service, endpoint, requests, faults=()):
        """Appends each request to the list `requests`."""
        # The SDK keeps unprocessed items in a map, so their order changes when they are sent again.
        self.in_order = not any(fault.error == PART for fault in faults)
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service, self.upstream = service, endpoint.removeprefix("http://")
        self.requests, self.faults, self.lock = requests, list(faults), threading.Lock()
        self.endpoint = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        """Ignores the broken connections of a killed client."""

    def take(self, sent):
        """Records a request. Returns its fault."""
        with self.lock:
            self.requests.append(sent)
            taken = [fault for fault in self.faults if fault.takes(sent.operation)]
        return taken[0].error if taken else None


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self._upstream = http.client.HTTPConnection(self.server.upstream, timeout=120)

    def finish(self):
        self._upstream.close()
        super().finish()

    def _any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = _operation(self.server.service, self.command, self.path, self.headers, body)
        error = self.server.take(Sent(operation, _text(self, operation, body)))
        if error == RESET:
            self.close_connection = True
        elif error == PART:
            self._part(body)
        elif isinstance(error, tuple):
            self._refuse(*error)
        else:
            self._hand_on(body, cut=error == CUT)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _any

    def _hand_on(self, body, cut=False):
        answer, data = self._ask(body)
        headers = [
            (n, v) for n, v in answer.getheaders() if n.lower() not in ("transfer-encoding", "connection", "date")
        ]
        if self.command != "HEAD":
            headers = [(n, v) for n, v in headers if n.lower() != "content-length"] + [
                ("Content-Length", str(len(data)))
            ]
        self._answer(answer.status, headers, data[: len(data) // 2] if cut else data)
        self.close_connection |= cut

    def _ask(self, body):
        others = ("host", "expect", "content-length")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in others}
        self._upstream.request(self.command, self.path, body, headers | {"Host": self.server.upstream})
        answer = self._upstream.getresponse()
        return answer, answer.read()

    def _part(self, body):
        """Writes the first half of a batch. Returns the second half as not processed."""
        request = json.loads(body)
        ((table, puts),) = request["RequestItems"].items()
        half = len(puts) // 2
        request["RequestItems"] = {table: puts[:half]}
        answer, data = self._ask(json.dumps(request).encode())
        given = json.loads(data) | {"UnprocessedItems": {table: puts[half:]}}
        self._answer(
            answer.status, [("Content-Type", "application/x-amz-json-1.0")], json.dumps(given).encode(), length=True
        )

    def _refuse(self, status, code):
        kind, data = _error(self.server.service, status, code)
        self._answer(status, [("Content-Type", kind)], b"" if self.command == "HEAD" else data, length=True)

    def _answer(self, status, headers, data, length=False):
        self.send_response_only(status)
        for name, value in headers + ([("Content-Length", str(len(data)))] if length else []):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        pass


def _error(service, status, code):
    """An error as the service writes it: content type and body."""
    said = f"{code}, as the comparison wants it"
    if service == "dynamodb":
        return "application/x-amz-json-1.0", json.dumps({"__type": _DYNAMODB + code, "message": said}).encode()
    if service == "sfn":
        return "application/x-amz-json-1.0", json.dumps({"__type": code, "message": said}).encode()
    error = f"<Error><Code>{code}</Code><Message>{said}</Message></Error>"
    if service == "s3":
        return "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>{error}'.encode()
    return "text/xml", f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>".encode()


def _operation(service, method, path, headers, body):
    """What a request does: `dynamodb Query Calendar`, `s3 GET lineup-imports/imports/…/claim.json`."""
    if target := headers.get("X-Amz-Target"):
        tables = sorted(set(re.findall(r'"(?:TableName|RequestItems)":\s*\{?\s*"(\w+)"', masks.decoded(body))))
        return " ".join([service, target.split(".")[-1], *tables])
    if service in ("sns", "cloudformation"):
        action = urllib.parse.parse_qs(masks.decoded(body)).get("Action", ["?"])
        return f"{service} {action[0]}"
    path, _, query = path.partition("?")
    is_list = " list" if "list-type=" in query else ""
    return f"{service} {method}{is_list} {urllib.parse.unquote(path).lstrip('/')}"


def _text(request, operation, body):
    """The request as text for the comparison."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    kept = {name: value for name, value in sorted(headers.items()) if _HEADERS.fullmatch(name)}
    if _CHUNKED in headers.get("content-encoding", ""):
        body = _without_chunks(body)
    lines = [f"{request.command} {request.path}", *(f"{name}: {value}" for name, value in kept.items())]
    return "\n".join([*lines, _readable(operation, masks.decoded(body), request.server.in_order)])


def _without_chunks(body):
    """The body without the SDK's signed chunks around it (S3 API reference, "aws-chunked")."""
    parts, at = [], 0
    while True:
        head = body.index(b"\r\n", at)
        size = int(body[at:head].split(b";")[0], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(body[head + 2 : head + 2 + size])
        at = head + 2 + size + 2


def _readable(operation, body, in_order):
    """A body as lines. The program's own text keeps its order; the SDK's maps are sorted, for they have none."""
    if "BatchWriteItem" in operation and in_order:
        return body.replace('{"PutRequest"', '\n{"PutRequest"')
    if operation.startswith(("dynamodb", "sfn")):
        return json.dumps(json.loads(body or "{}"), indent=1, sort_keys=True, ensure_ascii=False)
    if operation.startswith(("sns", "cloudformation")):
        return "\n".join(f"{name}={value}" for name, value in urllib.parse.parse_qsl(body, keep_blank_values=True))
    return body
