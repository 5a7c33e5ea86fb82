interface Entry {
  readonly means: string;
  readonly fix: string;
}

/** Everything that preflight can find. An id stays what it is: reviews compare them. `docs/preflight.md` is this table. */
export const catalogue = {
  "could-not-look": {
    means: "A setting could not be read, so nothing is known of it.",
    fix: "Give the caller the permission that is named, and run preflight again.",
  },
  "key-missing": { means: "There is no such key.", fix: "Name a key that exists, or apply the stack first." },
  "key-not-enabled": {
    means: "The key is disabled, waits for its deletion or has no material: every write and read under it fails.",
    fix: "Enable the key, or cancel its deletion, and find out who asked for it.",
  },
  "key-wrong-kind": {
    means: "S3 encrypts with symmetric encryption keys only.",
    fix: "Use a key with SYMMETRIC_DEFAULT and ENCRYPT_DECRYPT.",
  },
  "key-other-region": {
    means: "S3 uses keys of the bucket's own Region only.",
    fix: "Use a key of the bucket's Region.",
  },
  "key-other-account": {
    means: "The key is another account's: that account decides who reads this bucket.",
    fix: "Use a key of the bucket's account, or make sure that the other account keeps it.",
  },
  "key-aws-managed": {
    means: "The key is AWS's own aws/s3: its policy cannot be changed, and no other account can read.",
    fix: "Use a key of your own.",
  },
  "key-rotation-off": {
    means: "The key gets no new material each year (Security Hub KMS.4).",
    fix: "Turn automatic rotation on; nothing has to be encrypted again.",
  },
  "key-policy-lock-out": {
    means: "The key's policy lets nobody of its account change it: once locked out, only AWS Support can help.",
    fix: "Allow kms:* to the root of the key's account.",
  },
  "key-policy-public": {
    means: "The key's policy lets in other accounts than its own, whichever they are (Security Hub KMS.5).",
    fix: "Name the principals, or add kms:CallerAccount.",
  },
  "key-policy-not-decided": {
    means:
      "What the key's policy says to its own account or to others hangs on condition keys of which nothing is known.",
    fix: "Read the statement that is named; audit asks the same, and the fleet can accept key-policy there.",
  },
  "source-key-unusable": {
    means: "Objects are under a key that is not enabled: nobody can read or convert them.",
    fix: "Enable the key until the audit shows that nothing is under it.",
  },
  "source-key-not-in-fleet": {
    means: "Objects are under a key that the fleet does not name, so the conversion role may not decrypt them.",
    fix: "Add the key to sourceKeys of the bucket, and apply.",
  },
  "objects-under-aws-s3": {
    means: "Objects are under AWS's own key today, which lets in whoever of the account comes through S3.",
    fix: "Give every reader and writer the target key before stage encrypt. IAM and logs show who they are.",
  },
  "principal-without-key": {
    means: "A reader or writer of the bucket may not use the target key: its requests fail from stage encrypt on.",
    fix: "Add it to readers or writers in the fleet, and give its IAM policy kms:Decrypt; for writers kms:GenerateDataKey too.",
  },
  "principal-not-decided": {
    means: "Whether a reader or writer may use the target key could not be decided from here.",
    fix: "Read and write an object under the key as that principal before the stage changes.",
  },
  "principal-not-in-fleet": {
    means: "The bucket's policy lets somebody in, or its logs show somebody, whom the fleet does not name.",
    fix: "Add it to readers, writers or serviceWriters of the bucket, or take its access away.",
  },
  "service-without-key": {
    means: "An AWS service that the bucket's policy lets in may not use the target key.",
    fix: "Add it to serviceWriters in the fleet, or allow it in the key's policy with aws:SourceArn or aws:SourceAccount.",
  },
  "default-is-aws-s3": {
    means: "New objects come under AWS's own key today, which lets in whoever of the account comes through S3.",
    fix: "Give every reader and writer the target key before stage encrypt. IAM and logs show who they are.",
  },
  "account-not-asked": {
    means: "Who of the account lives on aws/s3 by IAM policies alone could not be asked of IAM.",
    fix: "Apply the stack again: its role has the permission that is named where the key lets in named principals only. If a boundary or the organisation denies it, look with a caller who has it (--no-assume-role), or give logs.",
  },
  "anonymous-read": {
    means: "The bucket is read without a signature, which SSE-KMS refuses: such reads end with stage encrypt.",
    fix: "Put CloudFront with origin access control in front, or choose encryption: AES256.",
  },
  "public-acl": {
    means: "The bucket's ACL gives rights to everybody.",
    fix: "Turn ACLs off (BucketOwnerEnforced) or block public ACLs.",
  },
  website: {
    means: "The bucket is a website: its endpoint reads without a signature, which SSE-KMS refuses.",
    fix: "Serve it through CloudFront with origin access control, or choose encryption: AES256.",
  },
  "website-over-http": {
    means:
      "The bucket is a website: its endpoint has no HTTPS, and stage encrypt refuses plain HTTP, under AES256 too.",
    fix: "Serve it through CloudFront with origin access control, or accept plain-http.",
  },
  "cloudfront-oai": {
    means: "CloudFront reads with an origin access identity, which cannot read SSE-KMS.",
    fix: "Move the distribution to origin access control first.",
  },
  "canonical-user": {
    means: "The bucket's policy names a canonical user: an account or a CloudFront origin access identity.",
    fix: "Find out which; an origin access identity cannot read SSE-KMS.",
  },
  "orphaned-principal": {
    means: "The bucket's policy names a role or user that was deleted. S3 refuses to have such a policy put again.",
    fix: "Name it in the bucket's dropPrincipals in the fleet, or take it out of the policy; then run at-rest snapshot again.",
  },
  "replication-leaves-out-kms": {
    means: "A replication rule does not select objects under SSE-KMS: they stop being replicated at stage encrypt.",
    fix: "Enable SourceSelectionCriteria.SseKmsEncryptedObjects, set ReplicaKmsKeyID, and give the role both keys.",
  },
  "log-target": {
    means: "S3 server access logs are delivered here, which works with AES256 only.",
    fix: "Choose encryption: AES256 and class: log-target.",
  },
  "alb-logs": {
    means: "Elastic Load Balancing delivers access logs here, which works with AES256 only.",
    fix: "Choose encryption: AES256 and class: alb-logs.",
  },
  "service-writes-without-header": {
    means:
      "An AWS service writes here, and sends no encryption header. Service principals are let through at stage enforce.",
    fix: "Nothing, if it is a service principal; name accounts that deliver for a service in headerlessWriters.",
  },
  "own-call-refused": {
    means: "The bucket's policy refuses a request that this tool has to make.",
    fix: "Change the statement that is named, or exempt the conversion role in it.",
  },
  "own-call-not-decided": {
    means: "A statement of the bucket's policy may refuse a request of this tool.",
    fix: "Read the statement, or run preflight --canary.",
  },
  "own-permission": {
    means: "The conversion role lacks a permission that the run needs.",
    fix: "Apply the stack again, and look for a permissions boundary or an organisation's policy.",
  },
  "own-permission-not-decided": {
    means:
      "The permissions of the conversion role could not be simulated, or hang on condition keys of which nothing is known.",
    fix: "Run preflight --canary, which tries them.",
  },
  "object-lock": {
    means: "Object Lock is on: versions under retention or legal hold stay as they are.",
    fix: "Accept object-lock in the fleet, with a reason and an end date.",
  },
  "default-retention": {
    means: "New versions are locked from their first second, copies too, and cannot be deleted.",
    fix: "Convert by update only; canaries are refused here.",
  },
  notifications: {
    means: "A copy fires ObjectCreated: whoever listens would see old objects as new ones.",
    fix: "Accept notifications in the fleet once the receivers can take it.",
  },
  replication: {
    means: "A copy is replicated again, which costs transfer and requests.",
    fix: "Accept replication in the fleet.",
  },
  lifecycle: {
    means: "A copy is as young as the run: rules that count days begin anew.",
    fix: "Accept lifecycle in the fleet, or convert by update only.",
  },
  "minimum-duration": {
    means: "A copy replaces objects of classes with a minimum duration, and the rest of it is billed.",
    fix: "Accept minimum-duration in the fleet, or convert by update only.",
  },
  "waiver-expired": {
    means: "A waiver of the fleet has run out.",
    fix: "Decide again: extend it with a reason, or fix what it waived.",
  },
  "sse-c-not-blocked": {
    means: "Clients may still write with keys of their own (SSE-C).",
    fix: "Look whether they do with --cloudtrail, then say blockSseC: true.",
  },
  "sse-c-writers-refused": {
    means: "SSE-C was not blocked before, and stage encrypt refuses it: writers that use it fail.",
    fix: "Look whether there are any with --cloudtrail, or accept sse-c.",
  },
  "sse-c-objects": {
    means: "Objects are under customers' keys (SSE-C), and nobody converts them without those.",
    fix: "Run reencrypt with --customer-key-file, or leave them: they are named one by one.",
  },
  "uploads-in-progress": {
    means:
      "Multipart uploads that were begun before the default changes complete with the old encryption; stage enforce waits for them.",
    fix: "Wait for them or abort them, then run reencrypt again. Where CloudTrail shows when the default changed, later ones do not count.",
  },
  "objects-of-other-owners": {
    means: "Objects are owned by other accounts, and a copy would take them over: they are refused.",
    fix: "Turn ACLs off (BucketOwnerEnforced), which makes the bucket's owner the owner of all.",
  },
  "acls-on": {
    means: "ACLs are on: each object is asked for its ACL, and another account's objects cannot be copied.",
    fix: "Turn ACLs off (BucketOwnerEnforced) if nobody needs them.",
  },
  "bucket-other-region": {
    means: "The bucket is in another Region than the fleet says.",
    fix: "Move the bucket to its Region in the fleet.",
  },
  "owners-policy-lacks": {
    means: "The bucket's policy is another owner's (policy: external), and does not deny what the stage refuses.",
    fix: "Give its owner the statements that are printed below; audit fails until they are in force.",
  },
  "owners-encryption-differs": {
    means: "The default encryption is another owner's (defaultEncryption: external), and is not the target's.",
    fix: "Give its owner the configuration that is printed below; audit fails until it is in force.",
  },
  "headers-not-known": {
    means: "Nothing shows who writes without an encryption header, which stage enforce refuses.",
    fix: "Give at least 7 days of CloudTrail data events, up to now, with --cloudtrail; or accept header-evidence with a reason and an end date.",
  },
  "writer-without-header": {
    means: "The logs show a client that relies on the bucket's default encryption: stage enforce refuses its puts.",
    fix: "Let it send the header, name it in headerlessWriters, or accept missing-header.",
  },
  "writer-with-other-encryption": {
    means: "The logs show a client that asks for another encryption than the bucket's: stage encrypt refuses its puts.",
    fix: "Let it ask for the target key's ARN or for nothing, or accept the row of the enforcement table.",
  },
  "sse-c-in-use": {
    means: "The logs show a client that writes with keys of its own (SSE-C): stage encrypt refuses its puts.",
    fix: "Let it write without them, or accept sse-c.",
  },
  "plain-http-in-use": {
    means: "The logs show a client without TLS: stage encrypt refuses it, reads included.",
    fix: "Let it use HTTPS, or accept plain-http.",
  },
  "old-tls-in-use": {
    means: "The logs show a client with TLS before 1.2, which S3 no longer takes at its own endpoints.",
    fix: "Update the client.",
  },
  "sigv2-in-use": {
    means: "The logs show a client that signs with Signature Version 2, which S3 refuses for objects under SSE-KMS.",
    fix: "Let it sign with Signature Version 4.",
  },
  "presigned-urls": {
    means:
      "URLs that were signed for a put before a change are used behind it, for up to 7 days, and what they signed cannot be changed.",
    fix: "Let the signer add the encryption header, then wait for as long as its URLs live (at most 7 days) before stage enforce.",
  },
  "logs-not-read": {
    means: "Parts of the logs could not be read, so what is in them is not known.",
    fix: "Look at the files and places that are named; mend or leave out what is no log.",
  },
  "kms-quota": {
    means:
      "The bucket's requests alone take much of what KMS grants the account in the Region, or more: clients would be throttled from stage encrypt on.",
    fix: "Use a bucket key, ask for a higher quota first, and give it with --kms-quota.",
  },
  "prefix-rate": {
    means:
      "Clients and the run together ask for more than S3 promises of one partition (3,500 writes or 5,500 reads a second).",
    fix: "Lower --max-requests-per-second, or run when there is less traffic.",
  },
  "request-rate-not-known": {
    means: "Every read and write may ask KMS, without a bucket key each one, and nothing shows how many there are.",
    fix: "Give logs, or turn on CloudWatch request metrics for the whole bucket.",
  },
  "disk-space": {
    means: "The disk has little room for the journal, and a run stops when it cannot write it.",
    fix: "Free space, or name another place with --run-directory.",
  },
  "canary-failed": {
    means: "A probe of this tool was not stored as it should have been, or was refused.",
    fix: "What is named beside the finding: S3's message says which policy or key is in the way. The conversion or a client would meet the same.",
  },
  "canary-left": {
    means: "A canary could not be deleted again.",
    fix: "Delete the version that is named by hand.",
  },
  "canary-refused": {
    means:
      "Canaries were not put: the bucket's default retention would lock them, or could not be read. Or one was not: new objects are still under another key.",
    fix: "Nothing, unless a permission is named: give that. With a default retention, try the conversion in a bucket without.",
  },
} as const satisfies Record<string, Entry>;

export type FindingId = keyof typeof catalogue;
