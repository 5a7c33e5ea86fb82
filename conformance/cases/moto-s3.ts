import type { Area } from "../case";
import { type MotoDifferences, withMoto } from "./moto";

const recorded = (what: string): string => `AWS is right: recorded. ${what}`;
const documented = (what: string): string => `AWS is right: documented. ${what}`;

/** What moto answers to cases about S3, read off its answers; cases that say so themselves are not here. */
const differences: MotoDifferences = [
  [
    /^the ACL of .* cannot be/,
    recorded("moto keeps ACLs that are none, fails on them with 500, or looks at less than AWS."),
  ],
  [
    /delete marker can be neither read|^a delete marker has no tags/,
    recorded("moto answers NoSuchKey where a delete marker is 405."),
  ],
  [
    /ACL of an? object|access control policy of|canned ACL is that|ACL is not that/,
    recorded("moto gives objects another ACL than the request's."),
  ],
  [
    /takes no ACL|public ACLs/,
    documented("moto knows neither ownership nor the block of public access when it takes an ACL."),
  ],
  [
    /ownership|^public access is blocked/,
    recorded("moto's buckets have no ownership controls and no block by default, and it checks neither."),
  ],
  [/^tags of what is not there|^an empty tag set of an object/, recorded("moto fails with 500 on it.")],
  [/^each version has its own tags/, recorded("moto does not tell whose version's tags it put or read.")],
  [/^a bucket's tags are put/, recorded("moto loses the empty value of a tag.")],
  [/^a bucket is made with tags|made again without tags/, recorded("moto ignores the tags of CreateBucket.")],
  [
    /^tags of|^a put with the tags/,
    recorded("moto checks tags less than S3, with texts of its own, or fails with 500."),
  ],
  [/BucketNotEmpty|keeps its name until/, recorded("moto counts no delete markers, and has one text for all buckets.")],
  [/^a versioning status/, recorded("moto keeps any versioning status.")],
  [
    /makes no bucket with|Location tells which/,
    recorded("moto takes most constraints, and tells one form of Location."),
  ],
  [/in another region is 301/, documented("moto serves every bucket to requests of any region.")],
  [
    /^buckets |bucket listing|prefix of bucket names|told no regions/,
    recorded("moto lists all buckets at once, without ARNs, regions and pages."),
  ],
  [/of a bucket without it is empty/, recorded("moto's empty answer has another element, or is a listing.")],
  [/^a bucket policy that is/, recorded("moto keeps any text as a policy.")],
  [/expected owner/, recorded("moto does not look at the expected owner of a bucket.")],
  [/^a bucket policy is put/, recorded("moto answers 200 where S3 answers 204.")],
  [
    /lifecycle|smallest size of transitions/,
    recorded("moto keeps rules that S3 refuses, and does not know all of their fields."),
  ],
  [
    /next marker|listing of more than|marker that is a common prefix/,
    recorded("moto's next marker is a token, not a key."),
  ],
  [/in the encoding|encoding type url/, recorded("moto ignores the encoding type, or encodes other fields.")],
  [/^a listing shows/, recorded("moto tells no checksum algorithms in listings.")],
  [
    /^a marker is behind|continuation token/,
    recorded("moto does not give back what it was asked, and takes an empty token."),
  ],
  [/version listing|one key's versions/, recorded("moto goes on at a marker, not behind it.")],
  [
    /^uploads are|listing of uploads|listing of parts are none/,
    recorded("moto lists uploads without markers and prefixes."),
  ],
  [/batch of none/, documented("moto deletes any number of keys.")],
  [/^what is locked|version under legal hold/, recorded("moto's text of the refusal is shorter.")],
  [
    /quiet batch|version id in a batch/,
    recorded("moto tells deletions that it was not to tell, and ignores versions that are not there."),
  ],
  [/bypassing retention/, recorded("moto ignores the bypass where there is no lock.")],
  [/^a deletion of a version id|in a bucket without versions/, recorded("moto takes any version id.")],
  [/suspended/, recorded("moto keeps no null version beside others, and 409 is 400 there.")],
  [
    /delet(es|ion|ing)|delete marker cannot|delete marker by its/,
    recorded("moto does not tell that a deletion put or took a delete marker, and answers 404 for it."),
  ],
  [/becomes the null version|null version/, recorded("moto has no null version: an old object gets an id.")],
  [
    /legal hold|retention|Object Lock|mode|date without|locked version|lock in a bucket/,
    recorded("moto checks locks and their configuration less than S3, or fails with 500; its texts differ."),
  ],
  [/ETag without quotes/, recorded("moto compares the ETag with its quotes.")],
  [/in the future/, recorded("HTTP too ignores a date in the future; moto compares it.")],
  [/attributes|Attributes/, recorded("moto knows few of the attributes, and shows no parts.")],
  [
    /part of an object is read|parts are read|part 1 of an object|only part of an object/,
    recorded("moto tells neither ranges nor numbers of parts, and no checksums of them."),
  ],
  [/OUTPOSTS/, recorded("moto takes the class for an upload, and does not name it in its refusal.")],
  [/encoded word/, recorded("moto gives metadata back as it was sent.")],
  [/host's form|upload's Location/, recorded("moto joins slashes in the host's form, and does not encode Location.")],
  [
    /NoSuchUpload|aborted upload|part number|no upload|cannot be found|completion without parts|EntityTooSmall|ascending order/,
    recorded("moto checks uploads in another order and with other texts, or fails with 500."),
  ],
  [/Content-MD5/, recorded("moto does not look at the Content-MD5 of a part.")],
  [/part copied from range/, recorded("moto copies what there is of a range.")],
  [/customer key|another algorithm than AES256/, recorded("moto looks at no customer key.")],
  [/signed query of a presigned/, recorded("moto reads the storage class from headers only.")],
  [
    /bucket key|dsse|disabled key|enabled again|begun before the default/,
    documented("moto shows a bucket key and a KMS key as they were sent, and takes the default at another time."),
  ],
  [/SSE-S3|keeps its encryption|source's encryption/, recorded("moto encrypts nothing by default.")],
  [
    /name .* is InvalidBucketName|KeyTooLong|MetadataTooLarge/,
    documented("moto takes names, keys and metadata that S3 does not."),
  ],
  [/copy-source|completion with/, recorded("moto does not look at this condition.")],
  [
    /CRC|SHA|checksum|chunks|algorithm|type without/i,
    recorded("moto knows few of the checksums: no type, none of the whole, none of a copy or of parts."),
  ],
];

/** The areas, with what is known of moto's answers. */
export const withMotoOfS3 = (areas: readonly Area[]): Area[] =>
  areas.map((area) => ({
    ...area,
    cases: area.cases.map((one) => (one.moto === undefined ? (withMoto(differences, [one])[0] ?? one) : one)),
  }));
