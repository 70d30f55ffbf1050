"""`lineup web` on a stack, and a browser of its pages; the policy of RUNBOOK.md for it."""

import json
import pathlib
import re
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


class WebPages:
    """The pages, while a `with` block lasts. The browser opened the printed address."""

    def __init__(self, command, environment):
        self._command, self._environment = command, environment

    def __enter__(self):
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        lines = iter(self._process.stdout.readline, "")
        address = next((line.split()[1] for line in lines if line.startswith("Web")), None)
        if address is None:
            raise NotStarted(self._process.communicate()[1])
        self.printed = next(line for line in lines if line.startswith("Ready"))
        # The token in the address becomes a cookie.
        self._opener = urllib.request.build_opener(NoRedirect, urllib.request.HTTPCookieProcessor())
        self.origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(address))
        self._ask(address)
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGINT)
        self._process.communicate()

    def get(self, target):
        """The status and the text of a page."""
        return self._ask(self.origin + target)

    def post(self, target, **fields):
        """The same of a form that one of the pages has."""
        body = urllib.parse.urlencode(fields).encode()
        return self._ask(urllib.request.Request(self.origin + target, body, {"origin": self.origin}))

    def _ask(self, request):
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


class NotStarted(Exception):
    """The command ended before it printed an address. The text is what it said."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A form's answer is looked at, not followed."""

    def redirect_request(self, *_):
        return None


def policy(region, account, stack, outputs):
    """The policy that RUNBOOK.md prints for `lineup web --stack`, of this stack."""
    [text] = [block for block in re.findall(r"(?ms)^```json\n(.*?)^```$", (ROOT / "RUNBOOK.md").read_text()) if "ListMapRuns" in block]
    names = {
        "REGION": region,
        "ACCOUNT": account,
        "NAME": stack,
        "IMPORTS_BUCKET": outputs["ImportsBucket"],
        "UPLOADS_BUCKET": outputs["UploadsBucket"],
        "PERFORMANCES": outputs["PerformancesTable"],
        "CALENDAR": outputs["CalendarTable"],
    }
    return json.loads(re.sub(rf"\b({'|'.join(names)})\b", lambda found: names[found[0]], text))


def many(value):
    return value if isinstance(value, list) else [value]


def permissions(document):
    """Each action on each resource, one by one."""
    for statement in document["Statement"]:
        for action in many(statement["Action"]):
            for resource in many(statement["Resource"]):
                yield action, resource


def allowing(found):
    """A policy of these actions on these resources."""
    statements = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in found]
    return {"Version": "2012-10-17", "Statement": statements}
