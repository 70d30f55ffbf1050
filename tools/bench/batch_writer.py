"""What a short Python Lambda does: csv.DictReader into boto3's batch_writer. Prints rows and processor seconds.

    python batch_writer.py FILE ENDPOINT ROWS
"""

import csv
import itertools
import json
import resource
import sys
import zlib

import boto3

SHARDS = 16


def item(row):
    """The attributes of a row, those of the indexes included: as many, and as long, as `load` writes."""
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


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    path, endpoint, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
    credentials = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    table = boto3.resource("dynamodb", endpoint_url=endpoint, region_name="us-east-1", **credentials).Table("Performances")
    before = processor_seconds()
    with open(path, newline="") as file, table.batch_writer() as batch:
        for row in itertools.islice(csv.DictReader(file), rows):
            batch.put_item(item(row))
    print(json.dumps({"rows": rows, "processor": processor_seconds() - before, "boto3": boto3.__version__}))


if __name__ == "__main__":
    main()
