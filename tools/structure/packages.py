"""The packages of the workspace and what each depends on (`cargo metadata`).

The application is the functions, the command, and every package under crates/
that one of them needs. The other packages under crates/ (models, tests,
benchmarks) may depend on any package under embedded/.
"""

import dataclasses
import json
import pathlib
import subprocess

GROUPS = ("functions", "crates", "embedded")


@dataclasses.dataclass
class Package:
    """A package of the workspace."""

    name: str
    group: str
    needs: set
    needs_in_tests: set
    roots: list
    is_default: bool

    @property
    def is_embedded(self):
        """Whether the package is under embedded/."""
        return self.group == "embedded"


def read(root):
    """The packages of the workspace in `root`, by name."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--no-deps"]
    return of(json.loads(subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True).stdout), root)


def of(metadata, root):
    """The packages in the output of `cargo metadata`."""
    members = {package["name"] for package in metadata["packages"]}
    packages = {}
    for package in metadata["packages"]:
        kinds = {None: set(), "build": set(), "dev": set()}
        for dependency in package["dependencies"]:
            if dependency["name"] in members:
                kinds[dependency["kind"]].add(dependency["name"])
        targets = [target for target in package["targets"] if {"lib", "bin", "proc-macro"} & set(target["kind"])]
        folder = pathlib.Path(package["manifest_path"]).relative_to(root).parts[0]
        packages[package["name"]] = Package(
            package["name"],
            folder,
            kinds[None] | kinds["build"],
            kinds["dev"],
            sorted(pathlib.Path(target["src_path"]) for target in targets),
            package["id"] in metadata["workspace_default_members"],
        )
    return packages


def application(packages):
    """The names of the application's packages outside of embedded/."""
    left = [one.name for one in packages.values() if one.is_default or one.group == "functions"]
    found = set()
    while left:
        name = left.pop()
        if name not in found and not packages[name].is_embedded:
            found.add(name)
            left += packages[name].needs
    return found


def edges_to_embedded(packages, names):
    """(package, package under embedded/) for each dependency of the packages `names`, except those of tests."""
    return sorted((name, needed) for name in names for needed in packages[name].needs if packages[needed].is_embedded)
