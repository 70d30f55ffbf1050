"""The loop of a short Python Lambda: csv.DictReader into boto3's batch_writer. Prints rows and processor seconds.

    python batch_writer.py FILE ENDPOINT ROWS          nothing but that, from a file
    python batch_writer.py s3://… ENDPOINT ROWS        the work of `load`: from S3, rows checked, repeated keys, the calendar
"""

import codecs
import csv
import datetime
import itertools
import json
import resource
import sys
import zlib

import boto3

SHARDS = 16
KEYS = ["Performer", "Performance"]


def item(row):
    """The attributes of a row, including those of the indexes: the number and the sizes are those of `load`."""
    performance = f"{row['Date']}#{row['Start']}#{row['Stage']}"
    shard = zlib.crc32((row["Performer"] + performance).encode()) % SHARDS
    return {
        "Performer": row["Performer"],
        "Performance": performance,
        "Stage": row["Stage"],
        "Date": row["Date"],
        "Start": row["Start"],
        "End": row["End"],
        "StageDay": f"{row['Stage']}#{row['Date']}",
        "StartPerformer": f"{row['Start']}#{row['Performer']}",
        "PopularityShard": f"POP#{shard}",
        "Popularity": int(row["Popularity"]),
    }


def check(row):
    """Raises ValueError for a row that cannot be read."""
    if not row["Performer"].strip() or not row["Stage"].strip():
        raise ValueError("missing")
    datetime.date.fromisoformat(row["Date"])
    datetime.time.fromisoformat(row["Start"])
    datetime.time.fromisoformat(row["End"])
    if not 1 <= int(row["Popularity"]) <= 100:
        raise ValueError("not a popularity")


def entries(row):
    """The calendar entries of a row's stage and day."""
    stage, day = row["Stage"], row["Date"]
    keys = ((f"day#{day}", stage), (f"stage#{stage}", day), ("days", day))
    return [{"Entry": entry, "Value": value} for entry, value in keys]


def write(rows, performances):
    """The rows, one after another."""
    with performances.batch_writer() as batch:
        for row in rows:
            batch.put_item(item(row))


def load(rows, performances, calendar):
    """Writes the readable rows, the last of each key, and the calendar. Returns the rejected rows."""
    seen, rejects = set(), []
    with (
        performances.batch_writer(overwrite_by_pkeys=KEYS) as batch,
        calendar.batch_writer(overwrite_by_pkeys=["Entry", "Value"]) as days,
    ):
        for row in rows:
            try:
                check(row)
            except ValueError as error:
                rejects.append((row, error))
                continue
            if (stage_day := (row["Stage"], row["Date"])) not in seen:
                seen.add(stage_day)
                for entry in entries(row):
                    days.put_item(entry)
            batch.put_item(item(row))
    return rejects


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    source, endpoint, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
    aws = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "endpoint_url": endpoint, "region_name": "us-east-1"}
    dynamodb = boto3.resource("dynamodb", **aws)
    performances = dynamodb.Table("Performances")
    before = processor_seconds()
    if source.startswith("s3://"):
        bucket, key = source.removeprefix("s3://").split("/", 1)
        body = boto3.client("s3", **aws).get_object(Bucket=bucket, Key=key)["Body"]
        lines = codecs.getreader("utf-8")(body)
        rejects = load(itertools.islice(csv.DictReader(lines), rows), performances, dynamodb.Table("Calendar"))
        assert not rejects, rejects
    else:
        with open(source, newline="") as file:
            write(itertools.islice(csv.DictReader(file), rows), performances)
    print(json.dumps({"rows": rows, "processor": processor_seconds() - before, "boto3": boto3.__version__}))


if __name__ == "__main__":
    main()
