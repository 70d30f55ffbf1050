"""The program's own services (`lineup serve`) and its commands, in a folder of their own."""

import dataclasses
import http.client
import os
import re
import socket
import subprocess
import urllib.parse
import xml.etree.ElementTree

from . import masks

UPLOADS, IMPORTS = "lineup-uploads", "lineup-imports"
ENDS_WITHIN = 120
_EXPORT = re.compile(r"export (\w+)=(.*)")
_NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
# Headers that are stored with an object and returned with it.
_HEADERS = ("content-type", "content-encoding")


def environment(**more):
    """The environment of every process, without that of the user."""
    return {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "TZ": "UTC", "LC_ALL": "C.UTF-8"} | more


@dataclasses.dataclass(frozen=True)
class Ran:
    """A command that has ended. Output is text."""

    code: int | str
    stdout: str
    stderr: str


def run(program, *arguments, folder, **more):
    """Runs a command of the program to its end, in `folder`."""
    command = [str(program), *map(str, arguments)]
    try:
        ran = subprocess.run(
            command,
            cwd=folder,
            env=environment(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ENDS_WITHIN,
        )
    except subprocess.TimeoutExpired as late:
        return Ran("too late", masks.decoded(late.stdout or b""), masks.decoded(late.stderr or b""))
    return Ran(ran.returncode, masks.decoded(ran.stdout), masks.decoded(ran.stderr))


def _free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class Services:
    """The services on a data folder, for as long as a `with` block lasts."""

    def __init__(self, program, data):
        self._program, self._data = program, data

    def __enter__(self):
        # A port of its own: the programs that are compared run beside each other.
        command = [str(self._program), "--data", str(self._data), "serve", "--port", str(_free_port())]
        self._process = subprocess.Popen(
            command,
            env=environment() | {"LINEUP_AWS_PORT": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.endpoints, said = {}, []
        for line in self._process.stdout:
            said.append(line)
            if found := _EXPORT.match(line):
                self.endpoints[found.group(1)] = found.group(2)
                # A program of before one endpoint for all names each.
                if found.group(1) == "AWS_ENDPOINT_URL":
                    each = ["S3", "DYNAMODB", "SNS", "SFN"]
                    self.endpoints |= {f"AWS_ENDPOINT_URL_{service}": found.group(2) for service in each}
            if line.startswith("Ready"):
                return self
        self._process.wait()
        raise RuntimeError(f"{self._program} serve ended: {''.join(said)}")

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def _s3(self, method, path, body=None, headers=None):
        host = self.endpoints["AWS_ENDPOINT_URL_S3"].removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=ENDS_WITHIN)
        try:
            connection.request(method, path, body, {"Content-Type": "binary/octet-stream"} | (headers or {}))
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:500]!r}")
        return answer, data

    def put(self, bucket, key, data, **metadata):
        """Writes an object. Returns its entity tag."""
        headers = {f"x-amz-meta-{name.replace('_', '-')}": str(value) for name, value in metadata.items()}
        answer, _ = self._s3("PUT", _path(bucket, key), data, headers)
        return answer.headers["ETag"].strip('"')

    def delete(self, bucket, key):
        """Deletes an object."""
        self._s3("DELETE", _path(bucket, key))

    def keys(self, bucket, prefix=""):
        """The keys below a prefix."""
        keys, token = [], None
        while True:
            query = {"list-type": "2", "prefix": prefix} | ({"continuation-token": token} if token else {})
            _, data = self._s3("GET", f"/{bucket}?{urllib.parse.urlencode(query)}")
            page = xml.etree.ElementTree.fromstring(data)
            keys += [key.text for key in page.iter(f"{_NAMESPACE}Key")]
            token = page.findtext(f"{_NAMESPACE}NextContinuationToken")
            if token is None:
                return keys

    def get(self, bucket, key):
        """An object's bytes, and the headers that are stored with it."""
        answer, data = self._s3("GET", _path(bucket, key))
        kept = {name.lower(): value for name, value in answer.headers.items()}
        return data, {name: kept[name] for name in sorted(kept) if name in _HEADERS or name.startswith("x-amz-meta-")}


def _path(bucket, key):
    return f"/{bucket}/{urllib.parse.quote(key)}"
