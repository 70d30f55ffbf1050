"""Builds the functions and zips each for Lambda, as `make package` does.

Writes target/package/: a zip a function, the state machine's definition, and
template.yaml with each CodeUri naming its zip, as `sam build` would write it.
`aws cloudformation package` and `sam deploy` take that folder as it is.

With --unoptimised it builds nothing and writes target/package-unoptimised/, with
the functions that `cargo test --workspace` has built: for tests of the stack.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FUNCTIONS = ("convert", "split", "survey", "hold", "load", "remove", "summarize", "notify", "recover")
PROFILE = "deploy"
# provided.al2023 is Amazon Linux 2023 (Lambda guide, "Lambda runtimes"), whose glibc is 2.34.
GLIBC = (2, 34)
# A cold start reads the whole zip. This limit was set a fifth above the largest one of the others, so that unintended growth
# (a second TLS or HTTP stack, symbols that are not stripped) fails. docs/performance.md has the sizes.
ZIP_LIMIT = 6_000_000
# Beside what all have, it has the readers of containers and workbooks.
ZIP_LIMITS = {"convert": 9_000_000}
MACHINES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def build(architecture):
    """Builds all functions in one cargo run, so that dependencies build once. Returns the folder of the binaries."""
    packages = [part for name in FUNCTIONS for part in ("--package", name)]
    native = sys.platform == "linux" and MACHINES.get(platform.machine()) == architecture
    if native:
        subprocess.run(["cargo", "build", "--locked", "--profile", PROFILE, *packages], cwd=ROOT, check=True)
        return target_folder() / PROFILE
    if shutil.which("cargo-lambda") is None:
        sys.exit("cargo-lambda is not installed: run `make package`, which installs it, instead of this script")
    target = {"arm64": "aarch64", "x86_64": "x86_64"}[architecture] + "-unknown-linux-gnu"
    require_standard_library(target)
    subprocess.run(
        ["cargo", "lambda", "build", "--locked", "--profile", PROFILE, "--target", target + ".%d.%d" % GLIBC, *packages],
        cwd=ROOT,
        check=True,
    )
    return target_folder() / "lambda"


def require_standard_library(target):
    """Fetches Rust's standard library for `target`, if it is not there.

    `targets` in rust-toolchain.toml would fetch it for everyone, also for those who build for their own machine only.
    """
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    if (pathlib.Path(sysroot.strip()) / "lib" / "rustlib" / target).is_dir():
        return
    add = ["rustup", "target", "add", target]
    if shutil.which("rustup") is None or subprocess.run(add, cwd=ROOT).returncode != 0:
        sys.exit(f"Rust's standard library for {target} is not installed: run `{' '.join(add)}` in {ROOT}, then this again")


def target_folder():
    """Where cargo builds: CARGO_TARGET_DIR or target."""
    metadata = subprocess.run(
        ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"], cwd=ROOT, check=True, capture_output=True
    )
    return pathlib.Path(json.loads(metadata.stdout)["target_directory"])


def binary(folder, name):
    """cargo writes FOLDER/NAME, cargo-lambda FOLDER/NAME/bootstrap."""
    path = folder / name
    return path / "bootstrap" if path.is_dir() else path


def newest_glibc(path):
    """The newest glibc version that an ELF file needs. Version names are plain text in the file."""
    versions = re.findall(rb"GLIBC_(\d+)\.(\d+)", path.read_bytes())
    return max(((int(major), int(minor)) for major, minor in versions), default=(0, 0))


def zip_function(bootstrap, path, level):
    """Writes a zip without times, so that the same binary gives the same bytes."""
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o100755 << 16
    entry.create_system = 3
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        # The level is set here, because writestr ignores that of ZipFile for a ZipInfo.
        archive.writestr(entry, bootstrap.read_bytes(), compresslevel=level)


def packaged_template(template):
    """template.yaml with CodeUri naming the zips beside it."""
    text, count = re.subn(r"(?m)^(\s+CodeUri: )functions/(\w+)$", r"\1\2.zip", template)
    if count != len(FUNCTIONS):
        sys.exit(f"template.yaml has {count} CodeUri of the form functions/NAME, not {len(FUNCTIONS)}")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--architecture", choices=("arm64", "x86_64"), default="arm64")
    parser.add_argument("--unoptimised", action="store_true", help="what cargo test has built for this machine, of any size")
    arguments = parser.parse_args()
    architecture, unoptimised = arguments.architecture, arguments.unoptimised

    binaries = target_folder() / "debug" if unoptimised else build(architecture)
    out = target_folder() / ("package-unoptimised" if unoptimised else "package")
    shutil.rmtree(out, ignore_errors=True)
    (out / "statemachine").mkdir(parents=True)
    for name in FUNCTIONS:
        bootstrap = binary(binaries, name)
        needs = newest_glibc(bootstrap)
        if needs > GLIBC:
            sys.exit(f"{name} needs glibc {needs[0]}.{needs[1]}, Lambda has {GLIBC[0]}.{GLIBC[1]}: build on an older system")
        path = out / f"{name}.zip"
        zip_function(bootstrap, path, level=1 if unoptimised else 9)
        limit = ZIP_LIMITS.get(name, ZIP_LIMIT)
        if path.stat().st_size > limit and not unoptimised:
            sys.exit(f"{path} has {path.stat().st_size:,} bytes, more than {limit:,}: see what it is made of, or raise the limit with a reason")
        print(
            f"{os.path.relpath(path, ROOT)}: {path.stat().st_size / 1e6:.2f} MB, "
            f"bootstrap {bootstrap.stat().st_size / 1e6:.2f} MB, glibc {needs[0]}.{needs[1]}"
        )
    shutil.copy(ROOT / "statemachine" / "import.asl.json", out / "statemachine")
    (out / "template.yaml").write_text(packaged_template((ROOT / "template.yaml").read_text()))
    (out / "architecture").write_text(architecture + "\n")


if __name__ == "__main__":
    main()
