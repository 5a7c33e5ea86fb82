import type { Session } from "./session";
import type { ObjectValue } from "./values";

/** One resource type: what cannot be read from its schema, and how it becomes true on AWS. */
export interface Resource {
  /** Arguments whose change makes Terraform destroy the resource and create another. */
  readonly forcesReplacement: readonly string[];
  /**
   * What hashicorp/aws plans for arguments that are left out.
   *
   * @default nothing: computed ones are unknown until the apply, others null
   */
  readonly defaults?: Readonly<ObjectValue>;
  /**
   * Arguments of which two texts can mean the same. The text that the state has is kept then.
   *
   * @default none: texts are compared as they are
   */
  readonly equivalent?: Readonly<Record<string, (a: string, b: string) => boolean>>;
  /**
   * Computed attributes that become unknown, unless configured, when one of the named arguments changes.
   *
   * @default none: computed attributes keep their value in an update
   */
  readonly dependent?: Readonly<Record<string, readonly string[]>>;
  /**
   * Arguments and blocks that this provider does not implement: setting one is an error when planning.
   *
   * @default none
   */
  readonly unsupported?: readonly string[];
  /** What the state is before the first read: `id`, and defaults that no API returns. The region is taken off the id already. */
  imported?(id: string): ObjectValue;
  /** @returns what `read` needs in order to find it, `id` at least */
  create(session: Session, planned: ObjectValue): Promise<ObjectValue>;
  /**
   * The rest of the creation, where it takes several requests. When one fails, what was made is in the state, tainted.
   *
   * @default `create` does it all
   */
  complete?(session: Session, planned: ObjectValue): Promise<void>;
  /** @returns null if it no longer exists */
  read(session: Session, state: ObjectValue): Promise<ObjectValue | null>;
  /** @default every change replaces */
  update?(session: Session, planned: ObjectValue, prior: ObjectValue): Promise<void>;
  delete(session: Session, state: ObjectValue): Promise<void>;
}
