import type { sendUnaryData, UntypedServiceImplementation } from "@grpc/grpc-js";
import { fill } from "./compare";
import { keepEquivalent, plan, unsupportedArguments } from "./plan";
import type { Diagnostic, Message, Requests } from "./protocol";
import { text } from "./reading";
import type { Resource } from "./resource";
import { resources } from "./resources";
import { type Block, type NestedBlock, providerSchema, schemaOf, typeOf } from "./schema";
import { configure, type Session } from "./session";
import { isObject, type ObjectValue, objectFromWire, toValue, toWire, type Value } from "./values";

type Handlers = { [Method in keyof Requests]: (request: Requests[Method]) => Message | Promise<Message> };

/** Terraform's provider protocol over the resources. An error that a method throws becomes a diagnostic of its answer. */
export function implementation(
  environment: Readonly<Record<string, string | undefined>>,
): UntypedServiceImplementation {
  let configured: Session | undefined;
  const session = (): Session => {
    if (!configured) throw new Error("The provider is used before it is configured.");
    return configured;
  };

  const handlers: Handlers = {
    GetSchema: () => ({
      provider: wireSchema(providerSchema),
      resource_schemas: Object.fromEntries(Object.keys(resources).map((type) => [type, wireSchema(schemaOf(type))])),
      server_capabilities: { get_provider_schema_optional: true },
    }),
    PrepareProviderConfig: ({ config }) => ({ prepared_config: config }),
    ValidateResourceTypeConfig({ type_name: type, config }) {
      const unsupported = unsupportedArguments(resourceOf(type).unsupported ?? [], objectFromWire(config) ?? {});
      return {
        diagnostics: unsupported.map((name) =>
          diagnostic(
            `${type}.${name}: not implemented by the local stand-in for hashicorp/aws`,
            "Leave it out for local use, or use the real provider.",
          ),
        ),
      };
    },
    UpgradeResourceState({ type_name: type, raw_state }) {
      const state = toValue(JSON.parse(new TextDecoder().decode(raw_state?.json)));
      return { upgraded_state: toWire(asObject(state), schemaOf(type)) };
    },
    async Configure({ config }) {
      configured = await configure(objectFromWire(config) ?? {}, environment);
      return {};
    },
    async ReadResource({ type_name: type, current_state }) {
      const state = asObject(objectFromWire(current_state));
      return { new_state: toWire(await read(resourceOf(type), session(), state), schemaOf(type)) };
    },
    PlanResourceChange({ type_name: type, prior_state, proposed_new_state, config }) {
      const proposed = objectFromWire(proposed_new_state);
      if (!proposed) return { planned_state: proposed_new_state };
      const prior = objectFromWire(prior_state);
      const schema = schemaOf(type);
      const planned = plan(resourceOf(type), schema, session(), prior, proposed, objectFromWire(config) ?? {});
      return {
        planned_state: toWire(planned.state, schema),
        requires_replace: planned.replace.map((name) => ({ steps: [{ attribute_name: name }] })),
        // Defaults of arguments that are not computed are the older SDK's way, which hashicorp/aws uses as well.
        legacy_type_system: true,
      };
    },
    ApplyResourceChange: ({ type_name: type, prior_state, planned_state }) =>
      apply(type, session(), objectFromWire(prior_state), objectFromWire(planned_state)),
    ImportResourceState({ type_name: type, id }) {
      const schema = schemaOf(type);
      // `name@eu-west-1` imports from another region than the provider's.
      const [, bare = id, region = session().region] =
        ("region" in schema.attributes && /^(.+)@([a-z]{2}-[a-z0-9-]+)$/.exec(id)) || [];
      const state = { region, ...(resourceOf(type).imported?.(bare) ?? { id: bare }) };
      return { imported_resources: [{ type_name: type, state: toWire(state, schema) }] };
    },
    Stop: () => ({}),
  };

  return Object.fromEntries(Object.entries(handlers).map(([name, handle]) => [name, answer(handle)]));
}

/** A method signature, so that each handler may ask for its own message: protobuf has read the request as that. */
interface Handler {
  handle(request: Message): Message | Promise<Message>;
}

const answer =
  (handle: Handler["handle"]) =>
  async (call: { request: Message }, done: sendUnaryData<Message>): Promise<void> => {
    try {
      done(null, await handle(call.request));
    } catch (error) {
      done(null, { diagnostics: [described(error)] });
    }
  };

/** Creates, updates or destroys, and reads back what the plan left unknown. */
async function apply(
  type: string,
  session: Session,
  prior: ObjectValue | null,
  planned: ObjectValue | null,
): Promise<Message> {
  const resource = resourceOf(type);
  const schema = schemaOf(type);
  const answerWith = (state: ObjectValue | null, diagnostics: Diagnostic[] = []): Message => ({
    new_state: toWire(state, schema),
    legacy_type_system: true,
    diagnostics,
  });
  let made: ObjectValue = {};
  try {
    if (!planned) {
      if (prior) await resource.delete(session, prior);
      return answerWith(null);
    }
    if (prior) await resource.update?.(session, planned, prior);
    else {
      made = await resource.create(session, planned);
      await resource.complete?.(session, { ...planned, ...made });
    }
    const found = await read(resource, session, asObject(fill(planned, { ...prior, ...made }, typeOf(schema))));
    return answerWith(asObject(fill(planned, found, typeOf(schema))));
  } catch (error) {
    // What was there, or was made before the error, is still there; core marks the latter as tainted.
    const half = planned && text(made["id"]) ? asObject(fill(planned, made, typeOf(schema))) : null;
    return answerWith(prior ?? half, [described(error)]);
  }
}

async function read(resource: Resource, session: Session, state: ObjectValue): Promise<ObjectValue | null> {
  const found = await resource.read(session, state);
  if (!found) return null;
  keepEquivalent(resource, found, state);
  return found;
}

function resourceOf(type: string): Resource {
  const resource = resources[type];
  if (!resource) throw new Error(`The local stand-in for hashicorp/aws does not know the resource type ${type}.`);
  return resource;
}

function asObject(value: Value): ObjectValue {
  if (isObject(value)) return value;
  throw new Error("Terraform sent a resource without a value.");
}

/** AWS's own words, and the request by which its log can be searched. */
function described(error: unknown): Diagnostic {
  if (!(error instanceof Error)) return diagnostic(String(error), "");
  const { name, message } = error;
  const answer: { httpStatusCode?: number; requestId?: string } = Object.assign(
    {},
    "$metadata" in error && error.$metadata,
  );
  if (!answer.httpStatusCode) return diagnostic(message, "");
  const status = `HTTP ${answer.httpStatusCode}`;
  // An answer to HEAD has no body, and so neither code nor message.
  return diagnostic(name === "Unknown" ? status : `${name}: ${message}`, `${status}, request ${answer.requestId}`);
}

const diagnostic = (summary: string, detail: string): Diagnostic => ({ severity: 1, summary, detail });

const NESTING: Readonly<Record<NestedBlock["nesting"], number>> = { SINGLE: 1, LIST: 2, SET: 3 };

const wireSchema = (block: Block): Message => ({ version: 0, block: wireBlock(block) });

function wireBlock(block: Block): Message {
  return {
    attributes: Object.entries(block.attributes).map(([name, { type, ...flags }]) => ({
      name,
      type: Buffer.from(JSON.stringify(type)),
      ...flags,
    })),
    block_types: Object.entries(block.blocks).map(([name, { nesting, min, max, block: inner }]) => ({
      type_name: name,
      block: wireBlock(inner),
      nesting: NESTING[nesting],
      min_items: min,
      max_items: max,
    })),
  };
}
