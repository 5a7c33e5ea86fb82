import fc from "fast-check";
import { Stop } from "../../scripts/commands/support/stop";
import { say, sayError, sayStop } from "../../scripts/commands/support/terminal";

/** What goes to stderr. */
function written(act: () => void): string {
  const pieces: string[] = [];
  const spy = jest.spyOn(process.stderr, "write").mockImplementation((piece) => {
    pieces.push(String(piece));
    return true;
  });
  act();
  spy.mockRestore();
  return pieces.join("");
}

const controls = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;
/** As keys and messages of strangers may be. */
const hostile = fc
  .array(fc.oneof(fc.constantFrom("\n", "\r\n", "\u001b[2J", "\u009b2J", "\u202e", "\u2028"), fc.string()))
  .map((parts) => parts.join(""));

test("a text with a line end in it, as a key may have, writes no line of its own", () => {
  const forged = "    logs/\n  s3://acme-uploads: 0 objects under it";
  expect(written(() => say(forged))).toBe("    logs/\\u000a  s3://acme-uploads: 0 objects under it\n");
});

test("whatever a stranger wrote is in one line, and drives no terminal", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const says = [() => say(text), () => sayError(new Error(text)), () => sayError(new Stop(text))];
      for (const act of [...says, () => sayStop("acme", new Stop(text))]) {
        const line = written(act);
        expect(line.endsWith("\n") && !controls.test(line.slice(0, -1))).toBe(true);
      }
    }),
  );
});

test("several things that are wrong are said in a line each, before what to do", () => {
  const stop = new Stop(["fleet.yaml: one.", "fleet.yaml: two."], "Mend them.");
  expect(written(() => sayError(stop))).toBe("fleet.yaml: one.\nfleet.yaml: two.\nMend them.\n");
  expect(written(() => sayStop("acme", stop))).toBe("s3://acme: fleet.yaml: one.\nfleet.yaml: two.\nMend them.\n");
});
