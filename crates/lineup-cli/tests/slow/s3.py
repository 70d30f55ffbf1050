"""Uses the embedded S3 as boto3 does. The variables that `lineup serve` prints are set."""

import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = boto3.resource("s3")
client = boto3.client("s3", config=Config(signature_version="s3v4"))


def code(call, **arguments):
    """The code of the error that a call ends with."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError(f"{call} was not refused")


def fetch(url, data=None):
    """Sends a request to a presigned URL: GET, or PUT of the data. Returns the status and the body."""
    request = urllib.request.Request(url, data=data, method="PUT" if data else "GET")
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


# Buckets.
bucket = s3.create_bucket(Bucket="records")
bucket.wait_until_exists()
assert "records" in [found.name for found in s3.buckets.all()]
assert code(client.head_bucket, Bucket="nobodys") == "404"

# Presigned URLs, of version 4 and of version 2 of the signature.
for signer in (client, boto3.client("s3", config=Config(signature_version="s3"))):
    arguments = {"Params": {"Bucket": "records", "Key": "a b/ü.csv"}, "ExpiresIn": 60}
    assert fetch(signer.generate_presigned_url("put_object", **arguments), b"hello")[0] == 200
    assert fetch(signer.generate_presigned_url("get_object", **arguments)) == (200, b"hello")
    arguments["ExpiresIn"] = -1
    assert fetch(signer.generate_presigned_url("get_object", **arguments))[0] in (400, 403)

# A listing in pages, and a copy.
for number in range(5):
    bucket.put_object(Key=f"page/{number}", Body=b"x", Metadata={"Said": "ü".encode("utf-8").hex()})
pages = client.get_paginator("list_objects_v2").paginate(
    Bucket="records", Prefix="page/", PaginationConfig={"PageSize": 2}
)
assert [len(page["Contents"]) for page in pages] == [2, 2, 1]
bucket.copy({"Bucket": "records", "Key": "page/0"}, "copy")
assert bucket.Object("copy").metadata == {"said": "c3bc"}
assert code(client.delete_bucket, Bucket="records") == "BucketNotEmpty"

# Whatever is in a bucket: a bucket without versions has each object as the version null.
assert {version.id for version in bucket.object_versions.all()} == {"null"}
bucket.object_versions.delete()
bucket.delete()
assert code(client.head_bucket, Bucket="records") == "404"

# Versions, as the template sets them.
uploads = s3.Bucket("lineup-uploads")
assert uploads.Versioning().status == "Enabled"
note = uploads.Object("notes/boto3.txt")
ids = [note.put(Body=text)["VersionId"] for text in (b"first", b"second")]
marker = note.delete()
assert marker["DeleteMarker"] is True
assert code(client.get_object, Bucket=uploads.name, Key=note.key) == "NoSuchKey"
listed = list(uploads.object_versions.filter(Prefix=note.key))
assert sorted(version.id for version in listed) == sorted([*ids, marker["VersionId"]])
s3.ObjectVersion(uploads.name, note.key, marker["VersionId"]).delete()
assert note.get()["Body"].read() == b"second"
s3.ObjectVersion(uploads.name, note.key, ids[1]).delete()
assert note.get()["Body"].read() == b"first"
uploads.object_versions.filter(Prefix=note.key).delete()
assert list(uploads.object_versions.filter(Prefix=note.key)) == []

print("s3.py: all is as on AWS")
