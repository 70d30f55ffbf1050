"""ministack, an emulator of AWS, for as long as a `with` block lasts.

It runs the functions' own binaries, without containers. It enforces the policies
of roles, buckets and topics (AUTH=true), including the one that requires TLS. It
listens on 127.0.0.1 only and keeps its files in a folder that is removed with it.
"""

import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import boto3
import certificate

REGION = "eu-central-1"
STARTS_WITHIN = 60
STOPS_WITHIN = 20


class Emulator:
    """The server, the aws command and boto3 clients that talk to it."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="lineup-deploy-")
        self.folder = pathlib.Path(self._folder.name)
        self.log = self.folder / "ministack.log"
        port = free_port()
        self.endpoint = f"https://127.0.0.1:{port}"
        self.authority, certificate_file, key_file = certificate.write(self.folder)
        self.environment = self._environment(port)
        # Not `-m ministack`, which would serve on port 443 as well.
        server = ["hypercorn", "ministack.app:app", "--bind", f"127.0.0.1:{port}"]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *server, "--certfile", certificate_file, "--keyfile", key_file],
                env=self.environment,
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # The functions are in its process group, which is ended as a whole.
        for end in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, end)
            except ProcessLookupError:
                break
            try:
                self._process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                continue
        self._folder.cleanup()

    def _environment(self, port):
        # Without the caller's AWS configuration: neither the emulator nor a function may reach an account.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | {
            "TMPDIR": str(self.folder),
            "HOME": str(self.folder),
            "USE_SSL": "1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "S3_DATA_DIR": str(self.folder / "s3"),
            "STATE_DIR": str(self.folder / "state"),
            # Passed on to the functions, and read by the aws command.
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_CA_BUNDLE": str(self.authority),
            "SSL_CERT_FILE": str(self.authority),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_PAGER": "",
        }

    def _wait(self):
        context = ssl.create_default_context(cafile=self.authority)
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"ministack ended with {self._process.returncode}:\n{self.tail()}")
            try:
                urllib.request.urlopen(self.endpoint + "/_ministack/health", timeout=5, context=context)
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise RuntimeError(f"ministack does not answer:\n{self.tail()}")

    def tail(self, lines=60):
        """The end of the emulator's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def aws(self, *arguments):
        """Runs the aws command line. Returns its output."""
        command = [pathlib.Path(sys.executable).with_name("aws"), *arguments]
        done = subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"aws {' '.join(map(str, arguments))}: {done.stderr}{done.stdout}")
        return done.stdout

    def aws_json(self, *arguments):
        """As [`aws`], for a command that prints JSON."""
        return json.loads(self.aws(*arguments, "--output", "json"))

    def client(self, service):
        """A boto3 client of the account's root."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            verify=str(self.authority),
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def free_port():
    """A port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
