"""Inventories of one bucket, as CSV and as Parquet, in the layout that S3 gives them.

Parquet comes from pyarrow and CSV from Python's own csv and gzip, so that none of it is made by what reads it:

    python3 -m venv /tmp/pyarrow && /tmp/pyarrow/bin/pip install pyarrow==26.0.1
    /tmp/pyarrow/bin/python __tests__/reencrypt/inventory/files/make.py

Layout and manifest: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
"""

import csv
import gzip
import hashlib
import io
import json
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote_plus

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
BUCKET, DESTINATION = "acme-uploads", "acme-inventories"
BEGUN = datetime(2026, 11, 26, 1, 0, tzinfo=timezone.utc)
WRITTEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
UNTIL = datetime(2099, 1, 1, tzinfo=timezone.utc)

COLUMNS = [
    ("Bucket", "bucket", pa.string()),
    ("Key", "key", pa.string()),
    ("VersionId", "version_id", pa.string()),
    ("IsLatest", "is_latest", pa.bool_()),
    ("IsDeleteMarker", "is_delete_marker", pa.bool_()),
    ("Size", "size", pa.int64()),
    ("LastModifiedDate", "last_modified_date", pa.timestamp("ms", tz="UTC")),
    ("ETag", "e_tag", pa.string()),
    ("StorageClass", "storage_class", pa.string()),
    ("EncryptionStatus", "encryption_status", pa.string()),
    ("ObjectLockRetainUntilDate", "object_lock_retain_until_date", pa.timestamp("ms", tz="UTC")),
    ("ObjectLockMode", "object_lock_mode", pa.string()),
    ("ObjectLockLegalHoldStatus", "object_lock_legal_hold_status", pa.string()),
    ("IntelligentTieringAccessTier", "intelligent_tiering_access_tier", pa.string()),
    ("BucketKeyStatus", "bucket_key_status", pa.string()),
    ("ChecksumAlgorithm", "checksum_algorithm", pa.string()),
]

HOSTILE = [
    " ", "+", "%", "%2F", "a b", "a+b", 'quote"d', "comma,", "line\nend", "\r\n", "tab\t", "\x01", "=1+1", "..", "/", "//",
    "<script>alert(1)</script>", "ünïcödé", "e\u0301", "日本", "😀", "\ufeffbom", "\u2028", "null", "null\x7f", "a" * 1024,
]

GIB = 1024**3


def row(key, encryption="SSE-S3", size=1000, storage_class="STANDARD", bucket_key=None, **more):
    if encryption == "SSE-KMS" and bucket_key is None:
        bucket_key = "DISABLED"
    fields = {
        "bucket": BUCKET, "key": key, "version_id": "v1", "is_latest": True,
        "is_delete_marker": False, "size": size, "last_modified_date": WRITTEN, "e_tag": "0" * 32,
        "storage_class": storage_class, "encryption_status": encryption, "bucket_key_status": bucket_key,
        "checksum_algorithm": "CRC64NVME",
    }
    return {**{name: None for _, name, _ in COLUMNS}, **fields, **more}


ROWS = [row(key) for key in HOSTILE] + [
    row("kinds/none", "NOT-SSE", 10),
    row("kinds/none-large", "NOT-SSE", 6 * GIB),
    row("kinds/none-archived", "NOT-SSE", 10, "GLACIER"),
    row("kinds/none-tier", "NOT-SSE", 10, "INTELLIGENT_TIERING", intelligent_tiering_access_tier="ARCHIVE"),
    row("kinds/none-rare", "NOT-SSE", 2 * GIB, "STANDARD_IA", last_modified_date=datetime(2026, 11, 26, tzinfo=timezone.utc)),
    row("kinds/kms-on", "SSE-KMS", 10, bucket_key="ENABLED"),
    row("kinds/kms-off", "SSE-KMS", 10),
    row("kinds/dsse", "DSSE-KMS", 10),
    row("kinds/customer", "SSE-C", 10),
    row("kinds/locked", "SSE-S3", 10, object_lock_mode="GOVERNANCE", object_lock_retain_until_date=UNTIL),
    row("kinds/held", "SSE-S3", 10, object_lock_legal_hold_status="ON"),
    row("kinds/not-held", "SSE-S3", 10, object_lock_legal_hold_status="OFF"),
    row("kinds/archived", "SSE-S3", 10, "DEEP_ARCHIVE"),
    row("old", "NOT-SSE", 10, is_latest=False),
    row("deleted", None, None, None, is_delete_marker=True, e_tag=None, checksum_algorithm=None),
    row("deleted", "SSE-S3", 10, is_latest=False, version_id="v0"),
]


def in_csv(name, value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return quote_plus(value, safe="/") if name == "key" else value


def csv_file(rows):
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for one in rows:
        writer.writerow([in_csv(name, one[name]) for _, name, _ in COLUMNS])
    return gzip.compress(text.getvalue().encode(), mtime=0)


def parquet_file(rows):
    fields = [pa.field(name, kind, nullable=name not in ("bucket", "key")) for _, name, kind in COLUMNS]
    table = pa.Table.from_pylist(rows, pa.schema(fields))
    out = io.BytesIO()
    # Several row groups, as in large files.
    pq.write_table(table, out, row_group_size=7, compression="snappy", version="1.0", data_page_version="1.0")
    return out.getvalue()


def parquet_schema():
    kinds = {pa.string(): "binary {} (STRING)", pa.bool_(): "boolean {}", pa.int64(): "int64 {}"}
    of = lambda name, kind: kinds.get(kind, "int64 {} (TIMESTAMP(MILLIS,true))").format(name)
    need = lambda name: "required" if name in ("bucket", "key") else "optional"
    return "message s3.inventory {  " + "  ".join(f"{need(name)} {of(name, kind)};" for _, name, kind in COLUMNS) + "}"


def write(name, file_format, schema, make, ending):
    folder = HERE / name
    (folder / "data").mkdir(parents=True, exist_ok=True)
    files = []
    for index, rows in enumerate([ROWS[:20], ROWS[20:]]):
        content = make(rows)
        (folder / "data" / f"{index}.{ending}").write_bytes(content)
        md5 = hashlib.md5(content).hexdigest()
        key = f"inventories/{BUCKET}/{name}/data/{index}.{ending}"
        files.append({"key": key, "size": len(content), "MD5checksum": md5})
    manifest = {
        "sourceBucket": BUCKET, "destinationBucket": f"arn:aws:s3:::{DESTINATION}", "version": "2016-11-30",
        "creationTimestamp": str(int(BEGUN.timestamp() * 1000)), "fileFormat": file_format, "fileSchema": schema,
        "files": files,
    }
    text = json.dumps(manifest, indent=2).encode()
    at = folder / BEGUN.strftime("%Y-%m-%dT%H-%MZ")
    at.mkdir(exist_ok=True)
    (at / "manifest.json").write_bytes(text)
    (at / "manifest.checksum").write_text(hashlib.md5(text).hexdigest())


write("csv", "CSV", ", ".join(name for name, _, _ in COLUMNS), csv_file, "csv.gz")
write("parquet", "Parquet", parquet_schema(), parquet_file, "parquet")
(HERE / "keys.json").write_text(json.dumps([one["key"] for one in ROWS], indent=1) + "\n")
