"""What boto3 sees of a server: prints one JSON document. Endpoint, credentials and CA come from the environment."""

import hashlib
import io
import json
import os

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

s3 = boto3.client("s3")
kms = boto3.client("kms")
seen = {}

s3.create_bucket(Bucket="boto3")
s3.put_bucket_versioning(Bucket="boto3", VersioningConfiguration={"Status": "Enabled"})

keys = ["plain", "with space+plus", "percent%41", "ž/🐎", "control\x01character", "//slashes//", "~"]
for key in keys:
    s3.put_object(Bucket="boto3", Key=key, Body=key.encode(), Metadata={"of": "boto3"})
pages = s3.get_paginator("list_objects_v2").paginate(Bucket="boto3", PaginationConfig={"PageSize": 2})
seen["listed in UTF-8 order"] = [o["Key"] for p in pages for o in p["Contents"]] == sorted(keys, key=lambda k: k.encode())
seen["read back"] = all(s3.get_object(Bucket="boto3", Key=k)["Body"].read() == k.encode() for k in keys)

key_arn = kms.create_key()["KeyMetadata"]["Arn"]
body = os.urandom(12 * 1024 * 1024)
in_parts = TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024)
by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
s3.put_bucket_encryption(Bucket="boto3", ServerSideEncryptionConfiguration={
    "Rules": [{"ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": True}]})
s3.upload_fileobj(
    io.BytesIO(body), "boto3", "large",
    ExtraArgs={"Metadata": {"of": "boto3"}},
    Config=in_parts,
)
head = s3.head_object(Bucket="boto3", Key="large")
seen["large upload"] = [head["ServerSideEncryption"], head["SSEKMSKeyId"] == key_arn, head["BucketKeyEnabled"], head["ETag"][-3:]]
ranges = []
s3.meta.events.register("before-send.s3.GetObject", lambda request, **_: ranges.append(request.headers.get("Range")))
back = io.BytesIO()
s3.download_fileobj("boto3", "large", back, Config=in_parts)
seen["large download"] = [hashlib.sha256(back.getvalue()).digest() == hashlib.sha256(body).digest(), len(set(ranges))]

s3.copy({"Bucket": "boto3", "Key": "large"}, "boto3", "large copy", ExtraArgs={"ServerSideEncryption": "AES256"},
        Config=TransferConfig(multipart_threshold=8 * 1024 * 1024, multipart_chunksize=8 * 1024 * 1024))
head = s3.head_object(Bucket="boto3", Key="large copy")
seen["copied in parts"] = [head["ServerSideEncryption"], head["ETag"][-3:], head["Metadata"],
                           s3.get_object(Bucket="boto3", Key="large copy")["Body"].read() == body]

s3.copy({"Bucket": "boto3", "Key": "ž/🐎"}, "boto3", "copied")
seen["copied"] = [s3.get_object(Bucket="boto3", Key="copied")["Body"].read().decode(), s3.head_object(Bucket="boto3", Key="copied")["Metadata"]]

etag = s3.head_object(Bucket="boto3", Key="plain")["ETag"]
s3.put_object(Bucket="boto3", Key="plain", Body=b"newer")
try:
    s3.copy_object(Bucket="boto3", Key="plain", CopySource={"Bucket": "boto3", "Key": "plain"},
                   IfMatch=etag, ServerSideEncryption="AES256")
    seen["copy onto a newer object"] = "copied"
except ClientError as error:
    seen["copy onto a newer object"] = error.response["Error"]["Code"]

s3.delete_object(Bucket="boto3", Key="plain")
versions = s3.list_object_versions(Bucket="boto3", Prefix="plain")
seen["versions and markers"] = [len(versions["Versions"]), len(versions["DeleteMarkers"])]

ciphertext = kms.encrypt(KeyId=key_arn, Plaintext=b"secret", EncryptionContext={"a": "b"})["CiphertextBlob"]
seen["decrypted"] = kms.decrypt(CiphertextBlob=ciphertext, EncryptionContext={"a": "b"})["Plaintext"].decode()
try:
    kms.decrypt(CiphertextBlob=ciphertext, EncryptionContext={"a": "c"})
    seen["decrypted in another context"] = "decrypted"
except ClientError as error:
    seen["decrypted in another context"] = error.response["Error"]["Code"]
print(json.dumps(seen))
