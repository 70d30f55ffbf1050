"""The two programs, and the model test of each.

Both are built by a command that chooses the features of `make unit`, so that no
dependency is built twice. The old sources are built in a folder of their own, with
links to the built packages of the registry. In a common folder, cargo would mistake
the crates of one checkout for those of the other if they were built later.
"""

import dataclasses
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
SAME = TARGET / "same"
MODEL = "lineup-model"
# The folders of target/debug that a later build can reuse.
_ARTIFACTS = (".fingerprint", "build", "deps")
_ARTIFACT = re.compile(r"(?:lib)?(?P<package>.+?)-[0-9a-f]{16}(?:\..+)?")


@dataclasses.dataclass(frozen=True)
class Build:
    """A program and its model test."""

    name: str
    lineup: pathlib.Path
    model: pathlib.Path


def commit(revision):
    """The full name of a commit."""
    command = ["git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"]
    found = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if found.returncode != 0:
        raise SystemExit(f"{revision} is no commit; name one: make same BASE=main")
    return found.stdout.strip()


def new():
    """The program of the working tree."""
    return _copied(_build(ROOT, TARGET), "new")


def old(sha):
    """The program of a commit; built once."""
    kept = Build("old", SAME / sha / "lineup", SAME / sha / "model")
    if kept.lineup.exists() and kept.model.exists():
        return kept
    source, target = SAME / "source", SAME / "build"
    for folder in (source, target):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", sha], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(source, filter="data")
    _link_packages(target, _members(ROOT) | _members(source))
    built = _copied(_build(source, target), sha)
    for folder in (source, target):
        shutil.rmtree(folder)
    return dataclasses.replace(built, name="old")


def _copied(executables, name):
    """Copies of the programs, which no later build replaces."""
    folder = SAME / name
    folder.mkdir(parents=True, exist_ok=True)
    # The program is copied last. If it exists, everything does.
    for program, executable in sorted(executables.items(), reverse=True):
        shutil.copy2(executable, folder / f".{program}")
        (folder / f".{program}").replace(folder / program)
    return Build(name, folder / "lineup", folder / "model")


def _build(source, target):
    """Builds the command and the model test. Returns the executables."""
    tests = {t["name"] for p in _packages(source) if p["name"] == MODEL for t in p["targets"] if t["kind"] == ["test"]}
    if not tests:
        raise SystemExit(f"{source} has no test of the package {MODEL}")
    command = ["cargo", "build", "--locked", "--workspace", "--bin", "lineup"]
    command += [word for test in sorted(tests) for word in ("--test", test)]
    command += ["--message-format", "json-render-diagnostics"]
    environment = os.environ | {"CARGO_TARGET_DIR": str(target)}
    built = subprocess.run(command, cwd=source, env=environment, stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        raise SystemExit(f"{source} cannot be built")
    executables = {}
    for message in map(json.loads, built.stdout.splitlines()):
        if message.get("executable"):
            kind, name = message["target"]["kind"], message["target"]["name"]
            if kind == ["bin"] and name == "lineup":
                executables["lineup"] = message["executable"]
            elif kind == ["test"] and f"/{MODEL}/" in message["manifest_path"]:
                executables["model"] = message["executable"]
    return executables


def _packages(source):
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    return json.loads(subprocess.run(command, cwd=source, stdout=subprocess.PIPE, check=True).stdout)["packages"]


def _members(source):
    """The packages of a workspace, as files of artifacts name them."""
    targets = {target["name"] for package in _packages(source) for target in package["targets"]}
    return {name.replace("-", "_") for name in targets | {package["name"] for package in _packages(source)}}


def _link_packages(target, members):
    """Links the built packages of the registry into `target`."""
    for kind in _ARTIFACTS:
        for artifact in (TARGET / "debug" / kind).iterdir():
            named = _ARTIFACT.fullmatch(artifact.name)
            if named is None or named["package"].replace("-", "_") in members:
                continue
            place = target / "debug" / kind / artifact.name
            if artifact.is_dir():
                shutil.copytree(artifact, place, copy_function=_link)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                _link(artifact, place)


def _link(source, place):
    try:
        os.link(source, place)
    except OSError:
        shutil.copy2(source, place)
