import { createHash } from "node:crypto";
import { html, Markup } from "./markup";
import { style } from "./style";

/**
 * An HTML document of one file that opens from a disk: it loads nothing, and runs no script but the one that it is given.
 *
 * @param script JavaScript of our own. @default none
 */
export function documentOf(title: string, body: Markup, script = ""): string {
  const hash = createHash("sha256").update(script).digest("base64");
  const runs = script === "" ? "'none'" : `'sha256-${hash}'`;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${runs}; base-uri 'none'; form-action 'none'`;
  const tail =
    script === ""
      ? body
      : html`${body}
<script>${new Markup(script)}</script>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>${tail}
</body>
</html>
`.text;
}
