import { required, texts, unlessMissing } from "../reading";
import type { Resource } from "../resource";
import { tagsOf, tagsRead } from "../tags";
import { MISSING, tagList, tagRecord } from "./iam";

/** Without updates, which hashicorp/aws has for audiences, thumbprints and tags: here every change replaces. */
export const openIdConnectProvider: Resource = {
  forcesReplacement: ["url", "client_id_list", "thumbprint_list", "tags_all"],
  imported: (id) => ({ id, arn: id }),

  async create(session, planned) {
    const { OpenIDConnectProviderArn: arn = "" } = await (await session.iam()).createOpenIDConnectProvider({
      Url: required(planned, "url"),
      ClientIDList: texts(planned["client_id_list"]),
      ThumbprintList: texts(planned["thumbprint_list"]),
      Tags: tagList(Object.entries(tagsOf(planned["tags_all"]))),
    });
    return { id: arn, arn };
  },

  async read(session, state) {
    const OpenIDConnectProviderArn = required(state, "id");
    const iam = await session.iam();
    const found = await unlessMissing(iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn }), ...MISSING);
    if (!found) return null;
    return {
      ...state,
      arn: OpenIDConnectProviderArn,
      url: `https://${found.Url ?? ""}`,
      client_id_list: found.ClientIDList ?? [],
      thumbprint_list: found.ThumbprintList ?? [],
      ...tagsRead(tagRecord(found.Tags), state, session.defaultTags),
    };
  },

  async delete(session, state) {
    const OpenIDConnectProviderArn = required(state, "id");
    await unlessMissing((await session.iam()).deleteOpenIDConnectProvider({ OpenIDConnectProviderArn }), ...MISSING);
  },
};
