import { PassThrough } from "node:stream";
import { confirm } from "../../scripts/commands/support/terminal";

const terminal = () => Object.assign(new PassThrough(), { isTTY: true });

/** What comes of what somebody types at the question. */
async function typing(keys: string): Promise<unknown> {
  const [input, output] = [terminal(), terminal()];
  const asked = confirm(false, input, output).then(
    () => "confirmed",
    ({ message, exitCode }) => ({ message, exitCode }),
  );
  input.write(keys);
  return await asked;
}

test.each([
  ["y", "y\n", "confirmed"],
  ["yes", "Yes\n", "confirmed"],
  ["nothing", "\n", { message: "Not confirmed. Nothing was changed.", exitCode: 2 }],
  ["another word", "yo\n", { message: "Not confirmed. Nothing was changed.", exitCode: 2 }],
  ["Ctrl-C", "\u0003", { message: "Interrupted. Nothing was changed.", exitCode: 130 }],
  ["Ctrl-D", "\u0004", { message: "Not confirmed. Nothing was changed.", exitCode: 2 }],
])("a question that is answered with %s", async (_, keys, expected) => {
  expect(await typing(keys)).toEqual(expected);
});

test("an input that ends says no", async () => {
  const input = terminal();
  const asked = confirm(false, input, terminal());
  input.end();
  await expect(asked).rejects.toThrow("Not confirmed. Nothing was changed.");
});
