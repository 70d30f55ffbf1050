"""The description of the machine for a document."""

import os
import pathlib
import platform
import subprocess
import time

from .measures import go_program


def describe():
    cpu = next((line.split(":")[1].strip() for line in lines("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    memory = next(int(line.split()[1]) for line in lines("/proc/meminfo") if line.startswith("MemTotal"))
    return {
        "processor": cpu,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": memory / (1 << 20),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "rustc": said("rustc", "--version"),
        "python": platform.python_version(),
        "go": said(go_program(), "env", "GOVERSION") if go_program() else None,
        "others": [others()],
    }


def others(seconds=5):
    """The share of the machine that other processes use while this one waits ("stat" in proc_stat(5))."""

    def ticks():
        user, nice, system, idle, waiting, *rest = map(int, lines("/proc/stat")[0].split()[1:9])
        return user + nice + system + sum(rest), idle + waiting

    busy_before, idle_before = ticks()
    time.sleep(seconds)
    busy_after, idle_after = ticks()
    busy, idle = busy_after - busy_before, idle_after - idle_before
    return busy / (busy + idle)


def lines(path):
    return pathlib.Path(path).read_text().splitlines()


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
