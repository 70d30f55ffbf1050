"""The content of the state machine, its rule and the template, without their formatting."""

import json
import subprocess

import yaml

from . import notes
from .builds import ROOT

_FILES = ("statemachine/import.asl.json", "statemachine/uploads.rule.json", "template.yaml")


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` is {"!Ref": "X"}."""


def _short_form(loader, suffix, node):
    construct = {
        "scalar": loader.construct_scalar,
        "sequence": loader.construct_sequence,
        "mapping": loader.construct_mapping,
    }
    arguments = () if node.id == "scalar" else (True,)
    return {f"!{suffix}": construct[node.id](node, *arguments)}


_Loader.add_multi_constructor("!", _short_form)


def of_commit(revision):
    """The notes of each file as it is in a commit; in the working tree, if that is None."""
    found = notes.Notes()
    for name in _FILES:
        text = _text(revision, name)
        if text is not None:
            data = json.loads(text) if name.endswith(".json") else yaml.load(text, _Loader)
            found.add(name, json.dumps(data, indent=1, sort_keys=True, default=str, ensure_ascii=False))
    return found


def _text(revision, name):
    if revision is None:
        path = ROOT / name
        return path.read_text(encoding="utf-8") if path.exists() else None
    shown = subprocess.run(["git", "show", f"{revision}:{name}"], cwd=ROOT, capture_output=True)
    return shown.stdout.decode() if shown.returncode == 0 else None
