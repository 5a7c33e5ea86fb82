import type * as iam from "@aws-sdk/client-iam";
import type { Context } from "../service";
import {
  accountOf,
  addTags,
  alreadyExists,
  authorizeIam,
  iamArn,
  noSuchEntity,
  required,
  tagList,
} from "./iam-account";
import type { OidcProvider } from "./state";

function createProvider(context: Context, input: iam.CreateOpenIDConnectProviderCommandInput) {
  const account = accountOf(context);
  const url = required(input.Url, "url").replace(/^https:\/\//, "");
  const arn = iamArn(context, account, `oidc-provider/${url}`);
  authorizeIam(context, "CreateOpenIDConnectProvider", arn);
  if (account.oidcProviders.has(arn)) throw alreadyExists(`Provider with url https://${url} already exists.`);
  const provider: OidcProvider = {
    ...{ url, audiences: input.ClientIDList ?? [], thumbprints: input.ThumbprintList ?? [] },
    ...{ createdAt: context.now, tags: new Map() },
  };
  addTags(provider.tags, input.Tags);
  account.oidcProviders.set(arn, provider);
  return { OpenIDConnectProviderArn: arn };
}

function providerOf(context: Context, given: string | undefined, operation: string): OidcProvider {
  const arn = required(given, "openIDConnectProviderArn");
  authorizeIam(context, operation, arn);
  const provider = accountOf(context).oidcProviders.get(arn);
  if (!provider) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return provider;
}

function getProvider(context: Context, input: iam.GetOpenIDConnectProviderCommandInput) {
  const provider = providerOf(context, input.OpenIDConnectProviderArn, "GetOpenIDConnectProvider");
  return {
    Url: provider.url,
    ClientIDList: provider.audiences,
    ThumbprintList: provider.thumbprints,
    CreateDate: new Date(provider.createdAt),
    Tags: tagList(provider.tags),
  };
}

function deleteProvider(context: Context, input: iam.DeleteOpenIDConnectProviderCommandInput): object {
  providerOf(context, input.OpenIDConnectProviderArn, "DeleteOpenIDConnectProvider");
  accountOf(context).oidcProviders.delete(input.OpenIDConnectProviderArn ?? "");
  return {};
}

export const oidcProviderOperations = {
  CreateOpenIDConnectProvider: createProvider,
  GetOpenIDConnectProvider: getProvider,
  DeleteOpenIDConnectProvider: deleteProvider,
};
