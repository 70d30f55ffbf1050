"""Prints packages, circles of modules and shared names; fails if a limit is exceeded."""

import argparse
import json
import pathlib
import sys

from . import circles, modules, names, packages

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MOST_SHARED = 0.10
TIES_SHOWN = 3


def main():
    parser = argparse.ArgumentParser(prog="structure", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="the workspace (default: this one)")
    arguments = parser.parse_args()
    found = look(arguments.root.resolve())
    if arguments.json:
        json.dump(found, sys.stdout, indent=2)
        print()
    else:
        show(found)
    sys.exit(1 if found["broken"] else 0)


def look(root):
    """The report about the workspace in `root`, as JSON values."""
    members = packages.read(root)
    trees = [(name, modules.read(file)) for name, one in sorted(members.items()) for file in one.roots]

    def relative(file):
        return str(file.relative_to(root))

    several, concerned, all_types = names.shared(
        found for _, tree in trees for module in tree.all() for found in names.types(module)
    )
    application = packages.application(members)
    found = {
        "packages": {
            group: {
                one.name: {"needs": sorted(one.needs), "needs_in_tests": sorted(one.needs_in_tests - one.needs)}
                for one in members.values()
                if one.group == group
            }
            for group in packages.GROUPS
        },
        "application": sorted(application),
        "application_to_embedded": packages.edges_to_embedded(members, application),
        "others_to_embedded": packages.edges_to_embedded(
            members, {one.name for one in members.values() if not one.is_embedded} - application
        ),
        "circles_of_packages": circles.circles({one.name: one.needs for one in members.values()}),
        "circles_of_packages_through_tests": circles.circles(
            {one.name: one.needs | one.needs_in_tests for one in members.values()}
        ),
        "circles_of_modules": [circle for name, tree in trees for circle in _circles(name, tree, relative)],
        "shared_names": {
            name: [f"{relative(file)}:{line}" for file, line in places] for name, places in several.items()
        },
        "types": all_types,
        "types_of_shared_names": concerned,
        "shared_modules": {
            name: {crate: sorted({relative(file) for file in files}) for crate, files in crates.items()}
            for name, crates in names.modules(trees).items()
        },
    }
    return found | {"broken": broken(found)}


def _circles(crate, tree, relative):
    def name(path):
        return "::".join((crate, *path))

    for circle, tied in circles.of_modules(tree, modules.uses(tree)):
        yield {
            "modules": [name(path) for path in circle],
            "ties": [
                {
                    "from": name(one),
                    "to": name(other),
                    "by": [f"{use.named} ({relative(use.file)}:{use.line})" for use in by],
                }
                for (one, other), by in tied.items()
            ],
        }


def broken(found):
    """The limits that are exceeded, each as a sentence."""
    embedded, share = {package for _, package in found["application_to_embedded"]}, _share(found)
    limits = [
        ("packages depend on each other in a circle", found["circles_of_packages"]),
        ("modules use each other in a circle", found["circles_of_modules"]),
        (f"{share:.1%} of the types share their name, {MOST_SHARED:.0%} is too much", share >= MOST_SHARED),
        (f"the application depends on {len(embedded)} packages under embedded/", len(embedded) > 1),
    ]
    return [text for text, is_broken in limits if is_broken]


def _share(found):
    return found["types_of_shared_names"] / max(found["types"], 1)


def show(found):
    """Prints the report as text."""
    print("PACKAGES")
    for group, members in found["packages"].items():
        print(f"  {group}/")
        for name, needs in sorted(members.items()):
            tests = f"   (tests: {', '.join(needs['needs_in_tests'])})" if needs["needs_in_tests"] else ""
            print(f"    {name:20} -> {', '.join(needs['needs']) or 'none of ours'}{tests}")
    _edges("from the application to embedded/", found["application_to_embedded"])
    _edges("from models, tests and benchmarks to embedded/", found["others_to_embedded"])
    for circle in found["circles_of_packages"]:
        print(f"  circle: {' <-> '.join(circle)}")
    for circle in found["circles_of_packages_through_tests"]:
        print(f"  circle through tests (Cargo allows it): {' <-> '.join(circle)}")
    print(f"\nCIRCLES OF MODULES: {len(found['circles_of_modules'])}")
    for circle in found["circles_of_modules"]:
        print(f"  {' <-> '.join(circle['modules'])}")
        for tie in circle["ties"]:
            more = f", and {len(tie['by']) - TIES_SHOWN} more" if len(tie["by"]) > TIES_SHOWN else ""
            print(f"    {tie['from']} -> {tie['to']}\n        by {', '.join(tie['by'][:TIES_SHOWN])}{more}")
    names_shared = found["shared_names"]
    print(
        f"\nNAMES OF TWO OR MORE TYPES: {len(names_shared)}, of {found['types_of_shared_names']}"
        f" of {found['types']} types ({_share(found):.1%})"
    )
    for name, places in names_shared.items():
        print(f"  {name}: {', '.join(places)}")
    print(f"\nMODULES OF ONE NAME IN SEVERAL CRATES (for information): {len(found['shared_modules'])}")
    for name, crates in found["shared_modules"].items():
        print(f"  {name}: {', '.join(crates)}")
    print()
    print("\n".join(f"broken: {text}" for text in found["broken"]) or "Every limit is kept.")


def _edges(title, edges):
    print(f"  {len(edges)} edge{'' if len(edges) == 1 else 's'} {title}")
    for one, other in edges:
        print(f"    {one} -> {other}")


if __name__ == "__main__":
    main()
