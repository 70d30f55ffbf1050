"""The verdicts of the model test on the same seeds."""

import re
import subprocess

from . import notes, services

# The Makefile's `model` chooses the test by the same word.
_TEST = "whatever"
# Of what is wrong with a seed, so many lines are compared.
_SHOWN = 5
_SEED = re.compile(r"(?m)^seed (\d+): ")
_RAN = re.compile(r"test result: (\w+)\. (\d+) passed; (\d+) failed")


def seeds(build, folder, number):
    """Runs the model on the seeds below `number`, and notes which of them fail and why."""
    environment = services.environment(LINEUP_MODEL_SEEDS=str(number), TMPDIR=str(folder))
    command = [str(build.model), "--nocapture", _TEST]
    ran = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    said = ran.stdout + ran.stderr
    verdict = _RAN.search(said)
    if verdict is None or int(verdict[2]) + int(verdict[3]) != 1:
        raise RuntimeError(f"{build.model} has no test {_TEST}: {said[-2000:]}")
    found = notes.Notes()
    found.add("verdict", f"{verdict[1]}, exit {ran.returncode}")
    parts = _SEED.split(said)
    for seed, text in sorted(zip(map(int, parts[1::2]), parts[2::2])):
        # The last line says how to run the seed again, which differs with the test's names.
        wrong = [line for line in text.rstrip().split("\n") if "LINEUP_MODEL_SEED=" not in line]
        more = [f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
        found.add(f"seed {seed}", "\n".join(wrong[:_SHOWN] + more))
    return found


def log(build, folder, seed):
    """What happens on one seed, call by call: the same in every run, but for how long calls take."""
    environment = services.environment(LINEUP_MODEL_SEED=str(seed), TMPDIR=str(folder))
    command = [str(build.model), "--nocapture", _TEST]
    ran = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    found = notes.Notes()
    # The log cuts long lines, so that a longer number of milliseconds moves the cut.
    lines = (re.sub(r'("milliseconds":)\d+', r"\1<duration>", line)[:140] for line in ran.stdout.splitlines())
    found.add("log", "\n".join(line for line in lines if not line.startswith("test result")))
    return found
