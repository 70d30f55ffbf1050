#!/usr/bin/env bash
# Uses the embedded S3 as the aws command line does: s3.sh FOLDER. The variables that `lineup serve` prints are set, and `aws` is
# of version 1 or 2. It ends with the first thing that is not as on AWS.
set -euo pipefail
cd "$1"

fail() {
    echo "s3.sh: $*" >&2
    exit 1
}

# Fails unless the lines of $2, without spaces at their ends, are those of $1.
same() {
    [ "$(sed 's/ *$//' <<<"$2")" = "$1" ] || fail "expected \"$1\", found \"$2\""
}

# The keys in a bucket, in one line.
keys() {
    aws s3api list-objects-v2 --bucket "$1" --query "join(' ', Contents[].Key || \`[]\`)" --output text
}

# Fails unless the command fails and says $1.
refused() {
    local why=$1 said
    shift
    if said=$("$@" 2>&1); then fail "$* was not refused"; fi
    [[ $said == *$why* ]] || fail "$* says: $said"
}

# --- buckets ---
same "make_bucket: photos" "$(aws s3 mb s3://photos)"
aws s3 ls | grep -q ' photos$' || fail "the bucket is not listed"
aws s3api head-bucket --bucket photos >/dev/null
refused NoSuchBucket aws s3 ls s3://nobodys
refused InvalidBucketName aws s3api create-bucket --bucket No_Name

# --- sync, there and back ---
mkdir -p site/days
echo one >site/index.html
echo two >"site/days/12 Ü.html"
aws s3 sync --no-progress site s3://photos/site >/dev/null
same "site/days/12 Ü.html site/index.html" "$(keys photos)"
same "" "$(aws s3 sync --no-progress site s3://photos/site)"
rm site/index.html
echo three >site/other.html
aws s3 sync --no-progress --delete site s3://photos/site >/dev/null
same "site/days/12 Ü.html site/other.html" "$(keys photos)"
aws s3 sync --no-progress s3://photos/site back >/dev/null
same three "$(cat back/other.html)"
same two "$(cat 'back/days/12 Ü.html')"

# --- mv and cp, also in parts: above 8 MiB ---
aws s3 mv --no-progress s3://photos/site/other.html s3://photos/moved.html >/dev/null
head -c 20000000 /dev/zero | tr '\0' x >big
aws s3 cp --no-progress big s3://photos/big >/dev/null
aws s3 cp --no-progress s3://photos/big s3://photos/copy >/dev/null
aws s3 cp --no-progress s3://photos/copy again >/dev/null
cmp big again
same "big copy moved.html site/days/12 Ü.html" "$(keys photos)"

# --- presigned URLs ---
url=$(aws s3 presign s3://photos/moved.html --expires-in 60)
same three "$(curl --silent --show-error --fail "$url")"
AWS_CONFIG_FILE=$PWD/config
printf '[default]\ns3 =\n    signature_version = s3v4\n' >config
export AWS_CONFIG_FILE
url=$(aws s3 presign s3://photos/moved.html --expires-in 60)
[[ $url == *X-Amz-Expires=60* ]] || fail "$url is not of version 4"
same three "$(curl --silent --show-error --fail "$url")"
old=$(sed -E 's/X-Amz-Date=[0-9]{8}/X-Amz-Date=20200101/' <<<"$url")
curl --silent "$old" | grep -q 'Request has expired' || fail "an old URL is answered"

# --- rm and rb ---
refused BucketNotEmpty aws s3 rb s3://photos
aws s3 rm --recursive s3://photos/site >/dev/null
same "big copy moved.html" "$(keys photos)"
aws s3 rb --force s3://photos >/dev/null
refused NoSuchBucket aws s3 ls s3://photos

# --- versions, as the template sets them: in the uploads bucket alone ---
same Enabled "$(aws s3api get-bucket-versioning --bucket lineup-uploads --query Status --output text)"
same None "$(aws s3api get-bucket-versioning --bucket lineup-imports --query Status --output text)"
for text in first second; do
    echo "$text" >note.txt
    aws s3 cp --no-progress note.txt s3://lineup-uploads/notes/note.txt >/dev/null
done
aws s3 rm s3://lineup-uploads/notes/note.txt >/dev/null
versions() {
    aws s3api list-object-versions --bucket lineup-uploads --prefix notes/ --query "$1" --output text
}
same "2" "$(versions 'length(Versions)')"
same "True" "$(versions 'DeleteMarkers[].IsLatest')"
first=$(versions 'Versions[1].VersionId')
aws s3api get-object --bucket lineup-uploads --key notes/note.txt --version-id "$first" old.txt >/dev/null
same first "$(cat old.txt)"
marker=$(versions 'DeleteMarkers[0].VersionId')
aws s3api delete-object --bucket lineup-uploads --key notes/note.txt --version-id "$marker" >/dev/null
same second "$(aws s3 cp s3://lineup-uploads/notes/note.txt -)"
same "True False" "$(versions 'Versions[].IsLatest' | tr '\t' ' ')"

echo "s3.sh: all is as on AWS"
