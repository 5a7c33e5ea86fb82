import { ListAccountsCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { organizationAccounts } from "../../../src/checks/discover/organization";

/** Answers in pages of one, as the API Reference says of ListAccounts; an empty page is no end. */
function organization(accounts: readonly object[]): OrganizationsClient {
  const client = new OrganizationsClient({ region: "us-east-1" });
  const pages = [...accounts.slice(0, 1).map((one) => [one]), [], ...accounts.slice(1).map((one) => [one])];
  const send = async (command: unknown): Promise<object> => {
    if (!(command instanceof ListAccountsCommand)) throw new Error("asked something else");
    const page = Number(command.input.NextToken ?? 0);
    return { Accounts: pages[page], NextToken: page + 1 < pages.length ? String(page + 1) : undefined };
  };
  return Object.assign(client, { send });
}

test("every page is read, accounts come by their id, and those that are not active apart", async () => {
  const accounts = [
    { Id: "333333333333", Name: "Shop", State: "ACTIVE", Status: "ACTIVE" },
    { Id: "222222222222", Name: "Old", State: "CLOSED", Status: "SUSPENDED" },
    { Id: "111111111111", Name: "Own", Status: "ACTIVE" },
    { Id: "444444444444", Name: "Half", State: "PENDING_ACTIVATION", Status: "ACTIVE" },
  ];
  expect(await organizationAccounts(organization(accounts))).toEqual({
    active: [
      { id: "111111111111", name: "Own" },
      { id: "333333333333", name: "Shop" },
    ],
    inactive: [
      { id: "222222222222", name: "Old" },
      { id: "444444444444", name: "Half" },
    ],
  });
});
