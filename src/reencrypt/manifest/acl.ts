import { z } from "zod";
import type { Documents } from "../../s3/documents";
import { type Acl, permissions } from "../../s3/object-store";
import type { Clock } from "../clock";
import { ManifestProblem, readDocument } from "./transfer";

const aclSchema = z.object({
  owner: z.string(),
  grants: z.array(
    z.object({
      grantee: z.object({ is: z.enum(["id", "uri", "emailAddress"]), value: z.string() }),
      permission: z.enum(permissions),
    }),
  ),
});

/** Reads an ACL that was kept beside a copy; or says what is wrong with it. */
export async function readAcl(documents: Documents, clock: Clock, key: string): Promise<Acl | string> {
  try {
    const text = await readDocument(documents, clock, key);
    return aclSchema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof ManifestProblem) return error.message;
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      return `s3://${documents.bucket}/${key} is no ACL: it was cut or edited`;
    }
    throw error;
  }
}
