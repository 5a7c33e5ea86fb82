import { requestedGrants } from "../../../local/s3/grants";
import { AwsError } from "../../../local/service";

const account = "111122223333";
const id = "a".repeat(64);
const group = "http://acs.amazonaws.com/groups/global/AllUsers";
const grantsOf = (GrantRead: string) => requestedGrants({ GrantRead }, account, account);

test.each([
  ["quoted", `id="${id}"`, [{ Type: "CanonicalUser", ID: id }]],
  ["without quotes", `id=${id}`, [{ Type: "CanonicalUser", ID: id }]],
  ["with blanks around every part", ` id  =  "${id}" `, [{ Type: "CanonicalUser", ID: id }]],
  [
    "several",
    `id="${id}", uri="${group}"`,
    [
      { Type: "CanonicalUser", ID: id },
      { Type: "Group", URI: group },
    ],
  ],
])("grantees in a header: %s", (_, header, grantees) => {
  expect(grantsOf(header)).toEqual(grantees.map((Grantee) => ({ Grantee, Permission: "READ" })));
});

test.each([
  ["another kind", 'emailAddress="a@example.com"', "Argument format not recognized"],
  ["no equals sign", id, "Argument format not recognized"],
  ["nothing", "", "Argument format not recognized"],
  ["a quote in the middle", `id="${id}"x"`, "Argument format not recognized"],
  ["an empty id", 'id=""', "Invalid id"],
  ["one quote alone", 'id="', "Invalid id"],
])("a grantee that is none: %s", (_, header, message) => {
  expect(() => grantsOf(header)).toThrow(new AwsError("InvalidArgument", 400, message));
});

test("a long row of blanks is read once, not once for each of them", () => {
  const blanks = " ".repeat(2_000_000); // with a pattern that tries each blank as the end it takes hours
  expect(() => grantsOf(`id="${id}${blanks}x" y`)).toThrow("Argument format not recognized");
  expect(() => grantsOf(`${blanks}=${blanks}"${blanks}`)).toThrow("Argument format not recognized");
});
