"""Computes the figures of the document from the samples."""

import statistics

from package import ZIP_LIMIT, ZIP_LIMITS

from .measures import median

CHUNK = 8 << 20
# One vCPU (Lambda guide, "Configure Lambda function memory").
VCPU_MB = 1769
# Figures of the peers, measured once on other hardware: the Go peer's offset pass in MB/s, its load loop and boto3's
# batch_writer in rows a processor second.
GO_PEER_RATE = 47
GO_PEER_ROWS = 17_500
BOTO3_ROWS = 3_000


def mib(kilo_kib):
    """Converts the megabytes of tools/sandbox.py, which are a thousand KiB, to MiB."""
    return kilo_kib * 1000 / 1024


class Figures:
    """Medians and ratios of one run."""

    COLD_START_MS = 50
    LAMBDA_MB = 512

    def __init__(self, results):
        self.rows, self.bytes = results["rows"], results["split"]["bytes"]
        self.zip_limit, self.convert_zip_limit = ZIP_LIMIT, ZIP_LIMITS["convert"]
        self._split(results["split"]["samples"])
        self.large = [self._cut(int(chunk_bytes), took) for chunk_bytes, [took] in results["large"].items()]
        self._load(results["load"]["samples"])
        self._whole(results["whole"]["samples"])
        self._cold(results["cold_start"])
        self.growth = [self._point(point) for point in results["growth"]]
        self.loops = [loop(found) for found in results["criterion"]]

    def _split(self, samples):
        ours = median(samples["lineup"], "processor")
        self.split = {}
        for name, taken in samples.items():
            processor = median(taken, "processor")
            self.split[name] = {"processor": processor, "rate": self.bytes / 1e6 / processor, "ratio": processor / ours}

    @staticmethod
    def _cut(chunk_bytes, took):
        gib = took["bytes"] / (1 << 30)
        return took | {"chunk_kib": chunk_bytes >> 10, "gib": gib, "peak_mib": mib(took["peak_mb"])}

    def _load(self, samples):
        fast, slow, boto3 = samples["load"], samples["delayed"], samples["boto3"]
        self.rows_per_second = self.rows / median(fast, "load", "processor")
        self.delayed_rate = self.rows / median(slow, "load", "processor")
        self.load_seconds, self.delayed_seconds = median(fast, "load", "seconds"), median(slow, "load", "seconds")
        self.load_peak = mib(max(sample["load"]["peak_mb"] for sample in fast))
        self.delayed_peak = mib(max(sample["load"]["peak_mb"] for sample in slow))
        self.boto3_version = boto3[0]["boto3"]
        self.boto3_rate, self.boto3_same_rate = (
            found[0]["rows"] / median(found, "processor") for found in (boto3, samples["boto3_same"])
        )
        self.over_boto3 = self.rows_per_second / self.boto3_rate
        go = samples.get("go")
        self.go_sdk = go and go[0]["sdk"]
        self.go_rate = go and go[0]["rows"] / median(go, "processor")
        self.over_boto3_same = self.rows_per_second / self.boto3_same_rate
        self._sizes(fast)

    def _sizes(self, samples):
        chunks = self.bytes / CHUNK
        per = {
            "split": ("a GiB of a file", (1 << 30) / self.bytes),
            "load": ("a chunk of 8 MiB", 1 / chunks),
            "summarize": (f"an import of {samples[0]['chunks']} chunks", 1),
            "notify": ("a message", 1),
            "recover": (f"an import of {samples[0]['chunks']} chunks", 1),
        }
        self.sizes = {}
        for name, (what, share) in per.items():
            processor = median(samples, name, "processor") * share
            peak = mib(max(sample[name]["peak_mb"] for sample in samples))
            at = processor * VCPU_MB / self.LAMBDA_MB
            self.sizes[name] = {"what": what, "processor": processor, "lambda": at, "peak_mib": peak}

    def _whole(self, samples):
        self.import_seconds, self.dynamodb_seconds = (median(samples[name], "seconds") for name in ("import", "dynamodb"))
        self.over_dynamodb = self.import_seconds / self.dynamodb_seconds

    def _cold(self, found):
        self.cold = {}
        for name, samples in found["samples"].items():
            times = [sample["milliseconds"] for sample in samples]
            peak = mib(max(sample["peak_mb"] for sample in samples))
            self.cold[name] = {"median": statistics.median(times), "slowest": max(times), "peak_mib": peak}
        self.largest_zip = max(size["zip"] for name, size in found["sizes"].items() if name not in ZIP_LIMITS)
        self.convert_zip = found["sizes"]["convert"]["zip"]

    def _point(self, point):
        figures = {"rows": point["rows"], "bytes": point["bytes"], "plan": median(point["samples"]["plan"], "processor")}
        for name in ("split", "load"):
            samples = point["samples"]["functions"]
            peak = mib(max(sample[name]["peak_mb"] for sample in samples))
            figures[name] = {"processor": median(samples, name, "processor"), "peak_mib": peak}
        return figures

    def goals(self):
        """Name, goal, measured, whether it is met."""
        split_peak = max(found["peak_mib"] for found in self.large)
        split_processor = max(found["processor"] for found in self.large)
        gib = self.large[0]["gib"]
        load_peak = max(self.load_peak, self.delayed_peak, *(point["load"]["peak_mib"] for point in self.growth))
        slope = self._slope()
        rate = self.split["lineup"]["rate"]
        cold = max(found["median"] for found in self.cold.values())
        delay = self.delayed_seconds / self.load_seconds
        goals = [("`lineup plan`, a whole process", "2,000 MB a processor second", f"{rate:,.0f}", rate >= 2000)]
        given, given_boto3 = rate / GO_PEER_RATE, self.rows_per_second / BOTO3_ROWS
        goals.append((f"`lineup plan` against the Go peer, given as {GO_PEER_RATE} MB/s elsewhere", "40 times", f"{given:.1f} times", given >= 40))
        if "go" in self.split:
            ratio = self.split["go"]["ratio"]
            goals.append(("`lineup plan` against Go's encoding/csv, in this run", "40 times", f"{ratio:.1f} times", ratio >= 40))
        if self.go_rate:
            over_go = self.rows_per_second / self.go_rate
            goals.append(("`load` against the Go peer's SDK, in this run", "10 times", f"{over_go:.1f} times", over_go >= 10))
        goals += [
            (f"`split` of {gib:.1f} GiB, memory, in few chunks and in many", "256 MiB", f"{split_peak:.0f} MiB", split_peak <= 256),
            (f"`split` of {gib:.1f} GiB, processor seconds (in 900 s of 2 vCPUs)", "1,800", f"{split_processor:.0f}", split_processor <= 1800),
            ("`load`, rows a processor second (10 times the Go peer, given as 17,500 elsewhere)", "175,000", f"{self.rows_per_second:,.0f}", self.rows_per_second >= 10 * GO_PEER_ROWS),
            (f"`load` against boto3, given as {BOTO3_ROWS:,} elsewhere", "60 times", f"{given_boto3:.0f} times", given_boto3 >= 60),
            ("`load` against boto3 at the same work, in this run", "60 times", f"{self.over_boto3_same:.0f} times", self.over_boto3_same >= 60),
            ("`load`, memory, any size of the chunk", "64 MiB", f"{load_peak:.0f} MiB", load_peak <= 64),
            ("`load`, 5 ms a request hidden: time on the clock", "1.1 times", f"{delay:.2f} times", delay <= 1.1),
            ("import against the embedded DynamoDB alone", "1.25 times", f"{self.over_dynamodb:.2f} times", self.over_dynamodb <= 1.25),
            ("largest zip but `convert`", f"{self.zip_limit / 1e6:g} MB", f"{self.largest_zip / 1e6:.2f} MB", self.largest_zip <= self.zip_limit),
            ("zip of `convert`", f"{self.convert_zip_limit / 1e6:g} MB", f"{self.convert_zip / 1e6:.2f} MB", self.convert_zip <= self.convert_zip_limit),
            ("slowest cold start", f"{self.COLD_START_MS} ms", f"{cold:.0f} ms", cold <= self.COLD_START_MS),
            ("time a row of `load`, the largest file against the middle one", "1.1 times", f"{slope:.2f} times", slope <= 1.1),
        ]
        return goals

    def _slope(self):
        """The cost of a row in the largest file, relative to that in the second largest."""
        *_, middle, largest = self.growth
        return (largest["load"]["processor"] / largest["rows"]) / (middle["load"]["processor"] / middle["rows"])


def loop(found):
    """Name, time, and bytes or elements a second."""
    nanoseconds = found["nanoseconds"]
    unit, factor = next((unit, factor) for unit, factor in (("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1)) if nanoseconds >= factor or factor == 1)
    return f"`{found['name']}`", f"{nanoseconds / factor:.2f} {unit}", throughput(found["throughput"], nanoseconds / 1e9)


def throughput(of, seconds):
    if not of:
        return ""
    kind, count = next(iter(of.items()))
    return f"{count / seconds / 1e9:.2f} GB/s" if kind.startswith("Bytes") else f"{count / seconds / 1e6:.2f} M/s"
