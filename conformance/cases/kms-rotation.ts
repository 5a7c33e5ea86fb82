import { type Area, behaviour, type Case, kmsApi, kmsGuide } from "../case";
import { answers, expectThat, refuses } from "../expect";
import type { World } from "../world";
import { seen } from "./kms-sources";
import { type MotoDifferences, withMoto } from "./moto";

const secret = Buffer.from("secret");
const days = (date: Date | undefined): number => Math.round(((date?.getTime() ?? 0) - Date.now()) / 86_400_000);

const rotation: Case[] = [
  ...[90, 180, undefined].map((RotationPeriodInDays) =>
    behaviour(
      `rotation ${RotationPeriodInDays ? `every ${RotationPeriodInDays} days` : "of no period is every 365 days"}`,
      "EnableKeyRotation GetKeyRotationStatus",
      RotationPeriodInDays ? seen("test_key_enable_rotation_status") : kmsApi("EnableKeyRotation"),
      async (world) => {
        const KeyId = await world.ownKey();
        await world.kms.enableKeyRotation({ KeyId, RotationPeriodInDays });
        const period = RotationPeriodInDays ?? 365;
        const status = await answers(world.kms.getKeyRotationStatus({ KeyId }), {
          KeyId,
          KeyRotationEnabled: true,
          RotationPeriodInDays: period,
        });
        expectThat(days(status.NextRotationDate), period);
      },
    ),
  ),
  ...[89, 2561].map((RotationPeriodInDays) =>
    behaviour(
      `rotation every ${RotationPeriodInDays} days is a validation error`,
      "EnableKeyRotation",
      kmsApi("EnableKeyRotation"),
      async (world) =>
        refuses(
          world.kms.enableKeyRotation({ KeyId: await world.ownKey(), RotationPeriodInDays }),
          400,
          "ValidationException",
        ),
    ),
  ),
  behaviour("a new key does not rotate", "GetKeyRotationStatus", kmsApi("GetKeyRotationStatus"), async (world) => {
    const KeyId = await world.ownKey();
    await answers(world.kms.getKeyRotationStatus({ KeyId }), {
      KeyRotationEnabled: false,
      NextRotationDate: undefined,
    });
  }),
  behaviour(
    "rotation is turned off",
    "DisableKeyRotation GetKeyRotationStatus",
    kmsApi("DisableKeyRotation"),
    async (world) => {
      const KeyId = await world.ownKey();
      await world.kms.enableKeyRotation({ KeyId });
      await world.kms.disableKeyRotation({ KeyId });
      await answers(world.kms.getKeyRotationStatus({ KeyId }), { KeyRotationEnabled: false });
    },
  ),
  ...[true, false].map((automatic) =>
    behaviour(
      `rotation on demand leaves ${automatic ? "automatic rotation on" : "automatic rotation off"}`,
      "RotateKeyOnDemand GetKeyRotationStatus",
      seen(`test_rotate_key_on_demand_with_symmetric_key_and_automatic_rotation_${automatic ? "enabled" : "disabled"}`),
      async (world) => {
        const KeyId = await world.ownKey();
        if (automatic) await world.kms.enableKeyRotation({ KeyId });
        await answers(world.kms.rotateKeyOnDemand({ KeyId }), { KeyId });
        await answers(world.kms.getKeyRotationStatus({ KeyId }), {
          KeyRotationEnabled: automatic,
          RotationPeriodInDays: automatic ? 365 : undefined,
        });
      },
    ),
  ),
  behaviour(
    "rotation on demand answers with the key's ARN where its id was given",
    "RotateKeyOnDemand",
    seen("test_rotate_on_demand_returns_arn_for_key_id"),
    async (world) => {
      const arn = await world.ownKey();
      await answers(world.kms.rotateKeyOnDemand({ KeyId: arn.split("/").at(-1) }), { KeyId: arn });
    },
  ),
  behaviour(
    "rotation on demand makes new material, and what the old one encrypted is decrypted still",
    "RotateKeyOnDemand DescribeKey Encrypt Decrypt",
    seen("test_key_rotation_updates_current_key_material_id_for_aws_symmetric_keys"),
    async (world) => {
      const KeyId = await world.ownKey();
      const material = async () => (await world.kms.describeKey({ KeyId })).KeyMetadata?.CurrentKeyMaterialId;
      const before = await material();
      const { CiphertextBlob } = await world.kms.encrypt({ KeyId, Plaintext: secret });
      await world.kms.rotateKeyOnDemand({ KeyId });
      const after = await eventually(material, (id) => id !== before, world);
      expectThat(after === before, false);
      const { Plaintext } = await answers(world.kms.decrypt({ CiphertextBlob }), { KeyMaterialId: before });
      expectThat(Buffer.from(Plaintext ?? []).toString(), "secret");
    },
  ),
  behaviour(
    "rotations are listed, and on request with the first material",
    "ListKeyRotations",
    kmsApi("ListKeyRotations"),
    async (world) => {
      const KeyId = await world.ownKey();
      await world.kms.rotateKeyOnDemand({ KeyId });
      const rotations = async () => (await world.kms.listKeyRotations({ KeyId })).Rotations ?? [];
      const listed = await eventually(rotations, ({ length }) => length > 0, world);
      expectThat(listed, [{ KeyId, RotationType: "ON_DEMAND", KeyMaterialState: "CURRENT" }]);
      const all = await world.kms.listKeyRotations({ KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" });
      expectThat(all.Rotations?.map(({ KeyMaterialState }) => KeyMaterialState).sort(), ["CURRENT", "NON_CURRENT"]);
    },
  ),
  behaviour(
    "a disabled key is not rotated",
    "RotateKeyOnDemand",
    seen("test_rotate_key_on_demand_raises_error_given_key_is_disabled"),
    async (world) => {
      const KeyId = await world.ownKey();
      await world.kms.disableKey({ KeyId });
      await refuses(world.kms.rotateKeyOnDemand({ KeyId }), 400, "DisabledException", `${KeyId} is disabled.`);
    },
  ),
  behaviour(
    "a key that is not there is not rotated",
    "RotateKeyOnDemand",
    seen("test_rotate_key_on_demand_raises_error_given_key_that_does_not_exist"),
    async ({ kms, account, server }) => {
      const KeyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
      await refuses(
        kms.rotateKeyOnDemand({ KeyId }),
        400,
        "NotFoundException",
        `Key 'arn:aws:kms:${server.region}:${account}:key/${KeyId}' does not exist`,
      );
    },
  ),
];

/** AWS rotates in its own time; a server on this machine at once. */
async function eventually<T>(look: () => Promise<T>, done: (value: T) => boolean, { server }: World): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const value = await look();
    if (done(value) || attempt >= 6) return value;
    await new Promise((resolve) => setTimeout(resolve, server.settling));
  }
}

const limit: Case = behaviour(
  "a key is rotated on demand 25 times at most",
  "RotateKeyOnDemand",
  seen("test_key_rotations_limits"),
  async (world) => {
    const KeyId = await world.ownKey();
    for (let count = 0; count < 25; count++) {
      await world.kms.rotateKeyOnDemand({ KeyId });
      // The next one is refused while one is under way.
      await new Promise((resolve) => setTimeout(resolve, world.server.settling / 5));
    }
    await refuses(
      world.kms.rotateKeyOnDemand({ KeyId }),
      400,
      "LimitExceededException",
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${KeyId}`,
    );
  },
);

const one = { TagKey: "tag1", TagValue: "value1" };
const two = { TagKey: "tag2", TagValue: "value2" };
const three = { TagKey: "tag3", TagValue: "value3" };

const tagged = async (world: World, Tags: { TagKey: string; TagValue: string }[]): Promise<string> => {
  const KeyId = await world.ownKey();
  await world.kms.tagResource({ KeyId, Tags });
  return KeyId;
};
const tagsOf = async ({ kms }: World, KeyId: string) =>
  ((await kms.listResourceTags({ KeyId })).Tags ?? []).sort((a, b) => ((a.TagKey ?? "") < (b.TagKey ?? "") ? -1 : 1));

const tags: Case[] = [
  behaviour(
    "a key is tagged, and untagged altogether",
    "TagResource UntagResource ListResourceTags",
    seen("test_tag_existing_key_and_untag"),
    async (world) => {
      const KeyId = await tagged(world, [one, two]);
      expectThat(await tagsOf(world, KeyId), [one, two]);
      await world.kms.untagResource({ KeyId, TagKeys: ["tag1", "tag2"] });
      expectThat(await tagsOf(world, KeyId), []);
    },
  ),
  behaviour(
    "some tags are taken away",
    "UntagResource ListResourceTags",
    seen("test_untag_key_partially"),
    async (world) => {
      const KeyId = await tagged(world, [one, two, three]);
      await world.kms.untagResource({ KeyId, TagKeys: ["tag2"] });
      expectThat(await tagsOf(world, KeyId), [one, three]);
    },
  ),
  behaviour(
    "tags are added to those there are, and replace those of their name",
    "TagResource ListResourceTags",
    seen("test_update_and_add_tags_on_tagged_key"),
    async (world) => {
      const KeyId = await tagged(world, [one, two, three]);
      const more = [
        { TagKey: "tag2", TagValue: "updated" },
        { TagKey: "tag4", TagValue: "value4" },
      ];
      await world.kms.tagResource({ KeyId, Tags: more });
      expectThat(await tagsOf(world, KeyId), [one, more[0], three, more[1]]);
    },
  ),
  behaviour("tags are listed in pages", "ListResourceTags", kmsApi("ListResourceTags"), async (world) => {
    const KeyId = await tagged(world, [one, two, three]);
    const first = await answers(world.kms.listResourceTags({ KeyId, Limit: 2 }), { Truncated: true });
    const rest = await answers(world.kms.listResourceTags({ KeyId, Limit: 2, Marker: first.NextMarker }), {
      Truncated: false,
      NextMarker: undefined,
    });
    expectThat([...(first.Tags ?? []), ...(rest.Tags ?? [])].map(({ TagKey }) => TagKey).sort(), [
      "tag1",
      "tag2",
      "tag3",
    ]);
  }),
  ...[
    {
      what: "two tags of one name",
      test: "test_tag_key_with_duplicate_tag_keys_raises_error",
      given: [one, { ...two, TagKey: "tag1" }],
      code: "TagException",
      message: "Duplicate tag keys",
    },
    {
      what: "51 tags",
      test: "test_create_key_with_too_many_tags_raises_error",
      given: Array.from({ length: 51 }, (_, index) => ({ TagKey: `tag${index}`, TagValue: "value" })),
      code: "TagException",
      message: "Too many tags",
    },
    ...["aws:key", "AWS:key"].map((TagKey) => ({
      what: `the tag ${TagKey}`,
      test: "test_tag_existing_key_with_invalid_tag_key",
      given: [{ TagKey, TagValue: "value" }],
      code: "TagException",
      message: "Tags beginning with aws: are reserved",
    })),
    {
      what: "a tag's name of 129 characters",
      test: "test_create_key_with_invalid_tag_key",
      given: [{ TagKey: "a".repeat(129), TagValue: "value" }],
      code: "ValidationException",
      message: `1 validation error detected: Value '${"a".repeat(129)}' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128`,
    },
    {
      what: "a tag's value of 257 characters",
      test: "test_key_with_long_tag_value_raises_error",
      given: [{ TagKey: "tag", TagValue: "v".repeat(257) }],
      code: "ValidationException",
      message: `1 validation error detected: Value '${"v".repeat(257)}' at 'tags.1.member.tagValue' failed to satisfy constraint: Member must have length less than or equal to 256`,
    },
  ].flatMap(({ what, test, given, code, message }) => [
    behaviour(`${what} cannot be put on a key`, "TagResource", seen(test), async (world) =>
      refuses(world.kms.tagResource({ KeyId: await world.ownKey(), Tags: given }), 400, code, message),
    ),
    behaviour(`no key is made with ${what}`, "CreateKey", seen(test), async ({ kms }) =>
      refuses(kms.createKey({ Tags: given, Description: "conformance" }), 400, code, message),
    ),
  ]),
  behaviour(
    "a key is made with tags",
    "CreateKey ListResourceTags",
    seen("test_create_key_with_tag_and_untag"),
    async (world) => {
      const { KeyMetadata } = await world.kms.createKey({ Tags: [one, two], Description: "conformance" });
      const KeyId = KeyMetadata?.KeyId ?? "";
      try {
        expectThat(await tagsOf(world, KeyId), [one, two]);
      } finally {
        await world.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
      }
    },
  ),
  behaviour(
    "a key that waits for its deletion is not tagged",
    "TagResource",
    kmsGuide("Key states of AWS KMS keys"),
    async (world) => {
      const KeyId = await world.ownKey();
      await world.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
      await refuses(world.kms.tagResource({ KeyId, Tags: [one] }), 400, "KMSInvalidStateException");
    },
  ),
];

const moto: MotoDifferences = [
  [/^rotation (every (90|180)|of no)/, "AWS is right: recorded. moto's status has no KeyId."],
  [/is a validation error$/, "AWS is right: documented. moto takes any period."],
  [/leaves automatic rotation on/, "AWS is right: recorded. moto forgets the period."],
  [/the key's ARN where its id/, "AWS is right: recorded. moto answers with the id."],
  [/makes new material/, "AWS is right: recorded. moto has one material a key, whose id does not change."],
  [/^rotations are listed/, "AWS is right: documented. moto's rotations have no material and no state."],
  [
    /^a disabled key is not rotated|deletion is not tagged/,
    "AWS is right: recorded. moto fails with a page of HTML and 500.",
  ],
  [/25 times at most/, "AWS is right: recorded. moto has no limit."],
  [/^tags are listed in pages/, "AWS is right: documented. moto answers with all tags at once."],
  [
    /cannot be put on a key|^no key is made/,
    "AWS is right: recorded. moto checks neither names, values nor number of tags.",
  ],
];

export const kmsRotationAndTags: Area = {
  name: "KMS: rotation and tags",
  cases: withMoto(moto, [...rotation, limit, ...tags]),
};
