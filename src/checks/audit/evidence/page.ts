import type { EncryptionTarget } from "../../../fleet/fleet";
import { describeEncryption } from "../../../reencrypt/audit";
import { outcomes } from "../../../reencrypt/outcome";
import { labelOf } from "../../../reencrypt/report";
import { documentOf } from "../../../reencrypt/report/document";
import { html, type Markup } from "../../../reencrypt/report/markup";
import { counted } from "../../../reencrypt/report/words";
import { type Check, catalogue } from "../check";
import { controls } from "../controls";
import { type BucketResult, type OutsideFleet, objectCount, resultCounts } from "../result";

/** An audit as a whole: `audit.json`. */
export interface AuditReport {
  readonly format: 1;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly exitCode: number;
  /** Null where only named buckets were audited. */
  readonly outside: OutsideFleet | null;
  readonly buckets: readonly (BucketResult & { /** Where its files are in the bundle. */ readonly folder: string })[];
}

type Standing = "good" | "attention" | "bad";

const standings: Readonly<Record<number, Standing>> = { 0: "good", 3: "attention" };
const badges: Readonly<Record<Standing, string>> = {
  good: "Compliant",
  attention: "Compliant, with exceptions",
  bad: "Not shown to be compliant",
};

const resultClass: Readonly<Record<Check["result"], Standing>> = {
  pass: "good",
  waived: "attention",
  fail: "bad",
  undecided: "attention",
  "could-not-look": "attention",
};

const inWords = (target: EncryptionTarget): string => {
  switch (target.algorithm) {
    case "AES256":
      return describeEncryption({ is: "AES256" });
    case "aws:kms":
      return describeEncryption({ is: "aws:kms", keyArn: target.keyArn, bucketKey: target.bucketKey });
    case "aws:kms:dsse":
      return describeEncryption({ is: "aws:kms:dsse", keyArn: target.keyArn });
  }
};

function checkRow({ id, result, evidence, controls: answers, partOfVerdict, waiver }: Check): Markup {
  const accepted = waiver ? html`<div class="note">waived until ${waiver.until}: ${waiver.reason}</div>` : "";
  const beside = partOfVerdict ? "" : html`<div class="note">beside the verdict</div>`;
  const named = answers.map((control) => html`<div>${control} <span class="muted">${controls[control]}</span></div>`);
  return html`<tr><td><code>${id}</code><div class="note">${catalogue[id].asks}</div></td>
<td><span class="badge ${resultClass[result]}">${result}</span>${beside}</td><td>${evidence}${accepted}</td><td>${named}</td></tr>`;
}

function objectsOf({ objects }: BucketResult): Markup {
  if (objects === null) return html`<p>Its objects could not be looked at: nothing is said of them.</p>`;
  const { counts, sample, versions, prefix } = objects;
  const rows = outcomes
    .filter((outcome) => counts[outcome])
    .map(
      (outcome) => html`<tr><td>${labelOf(outcome, false)}</td><td class="number">${counts[outcome] ?? 0}</td></tr>`,
    );
  const scope = `${versions === "all" ? "Current and noncurrent versions" : "Current versions"}${prefix === null ? "" : `, only keys that begin with ${prefix}`}.`;
  const all = sample
    ? html`<p>${sample.inWords}</p>`
    : html`<p>${counted(objectCount(objects), "object")}, each looked at with HeadObject. ${scope}</p>`;
  return html`${all}<div class="card"><table><thead><tr><th>outcome</th><th class="number">objects</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function section(result: AuditReport["buckets"][number]): Markup {
  const { bucket, region, account, stage, verdict, exitCode, checks, errors, folder, objects, target } = result;
  const standing = standings[exitCode] ?? "bad";
  const files = [
    html`<a href="${folder}/configuration.json">configuration.json</a>`,
    ...(objects
      ? [
          html`<a href="${folder}/objects.jsonl">objects.jsonl</a>`,
          html`<a href="${folder}/report.html">report.html</a>`,
        ]
      : []),
  ];
  const table =
    checks.length === 0
      ? html`<p>Its configuration could not be looked at.</p>`
      : html`<div class="card scroll"><table><thead><tr><th>check</th><th>result</th><th>evidence</th><th>answers</th></tr></thead><tbody>${checks.map(checkRow)}</tbody></table></div>`;
  return html`<section><h2>s3://${bucket}</h2>
<span class="badge ${standing}">${badges[standing]}</span>
<p>It ${verdict} Account ${account ?? "not known"}, ${region}, stage ${stage ?? "none, since it was named by hand"}; to be under ${target === null ? "what its stack has not said" : inWords(target)}.</p>
${errors.map((error) => html`<p><strong>${error}</strong></p>`)}
${objectsOf(result)}${table}<p class="note">${files.map((file, index) => html`${index === 0 ? "" : " · "}${file}`)}</p></section>`;
}

function outsideOf({ outside }: AuditReport): Markup {
  if (outside === null) return html``;
  const { buckets, notLooked } = outside;
  const rows = buckets.map(({ name, account, region }) => html`<li>s3://${name}, account ${account}, ${region}</li>`);
  const unknown = notLooked.map((why) => html`<p>Not looked at: ${why}</p>`);
  const list = rows.length === 0 ? html`<p>None was found.</p>` : html`<ul>${rows}</ul>`;
  return html`<section><h2>Buckets outside the fleet</h2><p class="note">Beside the verdict: nothing is said of what is in them.</p>${list}${unknown}</section>`;
}

const sentence = ({ buckets }: AuditReport): string => {
  const good = buckets.filter(({ exitCode }) => exitCode === 0).length;
  const waived = buckets.filter(({ exitCode }) => exitCode === 3).length;
  const rest = buckets.length - good - waived;
  return `${counted(buckets.length, "bucket")} audited: ${good} compliant, ${waived} compliant with exceptions, ${rest} not shown to be.`;
};

/** `index.html` of a bundle: what was asked of each bucket, what was seen, and what that answers. */
export function evidencePage(report: AuditReport): string {
  const asked = report.buckets.flatMap(({ checks }) => checks).filter(({ partOfVerdict }) => partOfVerdict);
  const totals = resultCounts(asked);
  const tile = (value: number, label: string) => html`<div><b>${value}</b><span>${label}</span></div>`;
  const body = html`<main><header><p class="over">Audit · ${report.startedAt} to ${report.finishedAt}</p>
<h1>${sentence(report)}</h1>
<div class="tiles">${tile(totals.pass, "checks passed")}${tile(totals.waived, "waived")}${tile(totals.fail, "failed")}${tile(totals.undecided, "not decided")}${tile(totals["could-not-look"], "could not be looked at")}</div>
</header>
${report.buckets.map(section)}
${outsideOf(report)}
<section><h2>How each claim was checked</h2><div class="card"><dl>
<dt>objects</dt><dd>Each was listed and looked at with HeadObject: algorithm, key ARN and bucket key. The verdict is on current versions.</dd>
<dt>policies</dt><dd>The live policy was evaluated with requests that it has to deny, from several principals and on several keys. No such request was sent.</dd>
<dt>controls</dt><dd>Ids and titles are those of AWS Security Hub CSPM. This audit answers what they ask with evidence of its own; it does not read their findings.</dd>
<dt>nothing changed</dt><dd>Only requests that read were sent.</dd>
<dt>not claimed</dt><dd>Anything about objects that were written after their keys had been passed, about the account's own block of public access, and about IAM policies of the bucket's users.</dd>
</dl></div></section>
<footer>Each file of this bundle is in <code>manifest.json</code> with its SHA-256: <code>at-rest audit --verify</code> checks them. It names objects of the buckets: keep it as you keep those.</footer></main>`;
  return documentOf("Audit", body);
}
