"""How long each packaged function takes from its start to its first request for an event.

Runs the bootstraps of target/package, each twenty-one times. Prints the
median, the slowest and the memory.
"""

import statistics
import tempfile

from sandbox import PACKAGE, Sandbox, bootstrap

STARTS = 21


def start(binary):
    """Milliseconds to the first request, and resident megabytes at that time."""
    with Sandbox(binary) as sandbox:
        return sandbox.cold_start(), sandbox.peak_megabytes()


def main():
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'function':10} {'zip MB':>7} {'median ms':>10} {'slowest ms':>11} {'MB resident':>12}")
        for path in sorted(PACKAGE.glob("*.zip")):
            binary = bootstrap(path.stem, folder)
            times, resident = zip(*(start(binary) for _ in range(STARTS)))
            print(
                f"{path.stem:10} {path.stat().st_size / 1e6:7.2f} {statistics.median(times):10.1f} "
                f"{max(times):11.1f} {max(resident):12.1f}"
            )


if __name__ == "__main__":
    main()
