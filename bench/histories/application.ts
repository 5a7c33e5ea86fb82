import { bodyOf, bytesOf } from "../../local/s3/bodies";
import type { Bucket } from "../../local/s3/state";
import type { HttpResponse } from "../../local/service";
import type { Random } from "../random";
import type { Traits, Twins, World } from "./world";

/** What an application can do to an object while it is being converted. */
export type Act =
  | { readonly do: "put"; readonly revision: number; readonly body: "new" | "same"; readonly encryption: PutEncryption }
  | { readonly do: "delete" | "untag" | "hold" | "release" | "rekey" }
  | { readonly do: "tag"; readonly revision: number }
  | { readonly do: "acl"; readonly canned: Canned };

type PutEncryption = "default" | "AES256" | "own" | "other";
const cannedAcls = ["private", "public-read", "bucket-owner-full-control"] as const;
type Canned = (typeof cannedAcls)[number];

export function chooseAct(random: Random, { acls, objectLock }: Traits, newest: number): Act {
  // Some write what was there before. Bytes are new, or the same.
  const revision = random.chance(0.3) ? Math.floor(random.next() * newest) : newest;
  const put = (body: "new" | "same"): Act => ({
    do: "put",
    revision: body === "new" ? newest : revision,
    body,
    encryption: random.pick(["default", "default", "AES256", "own", "other"]),
  });
  return random.pick<Act>([
    put("new"),
    put("same"),
    put("same"),
    { do: "delete" },
    { do: "tag", revision },
    { do: random.pick(["untag", "rekey"]) },
    acls ? { do: "acl", canned: random.pick(cannedAcls) } : put("new"),
    objectLock ? { do: random.pick(["hold", "release"]) } : { do: "tag", revision },
  ]);
}

/** What an act changes of the current version, where it writes none. */
export function changesInPlace({ do: act }: Act): "tags" | "ACL" | "lock" | undefined {
  switch (act) {
    case "tag":
    case "untag":
      return "tags";
    case "acl":
      return "ACL";
    case "hold":
    case "release":
      return "lock";
    default:
      return undefined;
  }
}

/** The tags that an act gives to a version in place, as the header of a copy has them. Nothing where it gives none. */
export function tagsGiven(act: Act): string | undefined {
  if (act.do === "tag") return `revision=${act.revision}`;
  return act.do === "untag" ? "" : undefined;
}

/** Acts after which the ETag is what it was, so that no condition of a copy can tell. */
export const keepsETag = (act: Act): boolean => act.do !== "delete" && !(act.do === "put" && act.body === "new");

/** A version that the application has written, by its id in either bucket. */
export interface Written {
  readonly key: string;
  readonly real: string;
  readonly twin: string;
  /** Its tags, ACL or lock were changed later: in the one bucket perhaps those of a copy that was on top by then. */
  changedInPlace: boolean;
}

/**
 * Does the same to both buckets.
 *
 * @returns what the two answered, and the version that it wrote where the bucket keeps versions
 */
export async function perform(world: World, twins: Twins, key: string, act: Act) {
  const currentInTwin = twins.twin.keys.get(key)?.[0];
  // No application sends 6 GiB in one request.
  const same =
    currentInTwin?.is === "object" && currentInTwin.body.size < 1024 ? currentInTwin.body : bodyOf(Buffer.of());
  const inBucket = (bucket: Bucket): Promise<HttpResponse> => {
    const path = `/${bucket.name}/${key}`;
    switch (act.do) {
      case "put": {
        const headers = { ...putHeaders(world, act.encryption), ...marks(act.revision) };
        const body = act.body === "same" ? Buffer.from(bytesOf(same)).toString() : `body ${act.revision}`;
        return world.ask({ method: "PUT", path, headers, body });
      }
      case "delete":
        return world.ask({ method: "DELETE", path });
      case "tag": {
        const body = `<Tagging><TagSet><Tag><Key>revision</Key><Value>${act.revision}</Value></Tag></TagSet></Tagging>`;
        return world.ask({ method: "PUT", path, query: "tagging=", body });
      }
      case "untag":
        return world.ask({ method: "DELETE", path, query: "tagging=" });
      case "acl":
        return world.ask({ method: "PUT", path, query: "acl=", headers: { "x-amz-acl": act.canned } });
      case "hold":
      case "release": {
        const body = `<LegalHold><Status>${act.do === "hold" ? "ON" : "OFF"}</Status></LegalHold>`;
        return world.ask({ method: "PUT", path, query: "legal-hold=", body });
      }
      case "rekey": {
        const body = `<ObjectEncryption><SSEKMS><KMSKeyArn>${world.otherKeyArn}</KMSKeyArn></SSEKMS></ObjectEncryption>`;
        return world.ask({ method: "PUT", path, query: "encryption=", body });
      }
    }
  };
  const [real, twin] = [await inBucket(twins.real), await inBucket(twins.twin)];
  const ids = [real, twin].map(({ headers }) => headers["x-amz-version-id"]);
  const [realId, twinId] = ids;
  const written: Written | undefined =
    act.do === "put" && realId !== undefined && twinId !== undefined
      ? { key, real: realId, twin: twinId, changedInPlace: false }
      : undefined;
  return { real: real.status, twin: twin.status, written };
}

/** None for revision 0, which is what many objects begin as. */
const marks = (revision: number): Record<string, string> =>
  revision === 0
    ? {}
    : {
        "content-type": `text/revision-${revision}`,
        "x-amz-meta-revision": String(revision),
        "x-amz-tagging": `revision=${revision}`,
      };

function putHeaders({ ownKeyArn, otherKeyArn }: World, encryption: PutEncryption): Record<string, string> {
  const kms = (keyArn: string) => ({
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": keyArn,
  });
  switch (encryption) {
    case "default":
      return {};
    case "AES256":
      return { "x-amz-server-side-encryption": "AES256" };
    case "own":
      return kms(ownKeyArn);
    case "other":
      return kms(otherKeyArn);
  }
}
