import { describeEncryption } from "../audit";
import type { Cost } from "../cost/cost";
import { type ObjectOutcome, type Outcome, outcomes } from "../outcome";
import { labelOf, refusalTexts } from "../report";
import { operationNames } from "../traffic";
import { encryptionChart, stripesOf, throughputChart } from "./charts";
import type { Digest } from "./digest";
import { documentOf } from "./document";
import { html, Markup } from "./markup";
import { script } from "./style";
import { type Share, type Summary, targetOf } from "./summary";
import { standingOf } from "./verdict";
import { bytesInWords, counted, dollarsInWords, duration, percent } from "./words";

const badges = { good: "All as asked", attention: "Needs attention", bad: "Not finished" } as const;
const headings = {
  reencrypt: "Re-encryption",
  backup: "Backup",
  restore: "Restore",
  audit: "Audit",
  "key-usage": "Key usage",
} as const;

/** `report/index.html`: one file that needs no network, in which every word of a stranger is text and nothing else. */
export function page(summary: Summary, { samples, exceptions }: Pick<Digest, "samples" | "exceptions">): string {
  const { bucket, command, dryRun } = summary;
  const what = dryRun ? "Dry run of a re-encryption" : headings[command];
  const standing = standingOf(summary);
  const body = html`
<main>
<header>
<p class="over">${what} · ${summary.startedAt}</p>
<h1>s3://${bucket} ${summary.verdict}</h1>
<span class="badge ${standing}">${badges[standing]}</span>
${encryption(summary)}
${tiles(summary)}
</header>
<section><h2>How the objects ended up</h2>${outcomeTable(summary)}</section>
${throughput(summary, samples)}
<section><h2>By prefix</h2>${prefixTable(summary)}</section>
${exceptionSection(summary, exceptions)}
<section><h2>Requests and cost</h2>${costs(summary)}</section>
<section><h2>What was asked</h2>${asked(summary)}</section>
<section><h2>How each claim was checked</h2>${claims(summary)}</section>
<footer>Written from the run's journal, run ${summary.run}. <code>objects.csv</code> and <code>summary.json</code> beside this file hold the same for other programs.
It names objects of the bucket: keep it as you keep the bucket.</footer>
</main>`;
  return documentOf(`${what}: ${bucket}`, body, script);
}

const key = (text: string): Markup => html`<span class="key">${text}</span>`;
const totalOf = (shares: readonly Share[]) => shares.reduce((sum, { objects }) => sum + objects, 0);

function encryption({ before, after, request, command, dryRun }: Summary): Markup {
  if (totalOf(before) === 0) return html`<p class="muted">No object was seen.</p>`;
  const changes = command === "reencrypt" && !dryRun;
  const target = describeEncryption(asEncryption(request));
  const stripes = stripesOf(target, [...before, ...after]);
  const cell = (shares: readonly Share[], name: string) => {
    const objects = shares.find(({ encryption: one }) => one === name)?.objects ?? 0;
    return html`<span>${objects} · ${percent(objects, totalOf(shares))}</span>`;
  };
  const items = [...stripes].map(
    ([name, stripe]) =>
      html`<li><i style="background: var(--${stripe})"></i><span>${name}${name === target ? " (as asked)" : ""}</span>${cell(before, name)}${changes ? cell(after, name) : ""}</li>`,
  );
  const heads = changes ? html`<span>before</span><span>after</span>` : html`<span>objects</span>`;
  const chart = new Markup(encryptionChart(before, changes ? after : undefined, stripes));
  return html`<div class="card">${chart}<ul class="legend"><li class="head"><i></i><span>encryption, as HeadObject shows it</span>${heads}</li>${items}</ul></div>`;
}

function asEncryption(request: Summary["request"]) {
  const target = targetOf(request);
  switch (target.algorithm) {
    case "AES256":
      return { is: "AES256" } as const;
    case "aws:kms":
      return { is: target.algorithm, keyArn: target.keyArn, bucketKey: target.bucketKey } as const;
    case "aws:kms:dsse":
      return { is: target.algorithm, keyArn: target.keyArn } as const;
  }
}

function tiles({ before, seconds, visits, requests, throttled, cost, estimate, exceptions, dryRun }: Summary): Markup {
  const bytes = before.reduce((sum, share) => sum + share.bytes, 0);
  const tile = (value: string | number, label: string) => html`<div><b>${value}</b><span>${label}</span></div>`;
  const shown = estimate ?? cost;
  return html`<div class="tiles">${[
    tile(totalOf(before), `objects, ${bytesInWords(bytes)}`),
    tile(exceptions, exceptions === 1 ? "exception" : "exceptions"),
    tile(duration(seconds), `at work, ${counted(Math.round(visits / Math.max(seconds, 0.1)), "object")}/s`),
    tile(requests, `requests, ${percent(throttled.s3 + throttled.kms, requests)} throttled`),
    tile(dollarsInWords(shown.dollars), dryRun ? "expected for the run, about" : "list price, about"),
  ]}</div>`;
}

const outcomeNotes: Readonly<Partial<Record<Outcome, string>>> = {
  updated: "UpdateObjectEncryption: no data moves",
  copied: "compare-and-swap copy onto itself",
  copiedInParts: "above 5 GiB: compare-and-swap copy in parts",
  reported: "so the completion report of S3 Batch Operations says; not read back",
  readBack: "chosen evenly at random, and read back: right",
  notAsReported: "chosen evenly at random, and read back: not updated",
  changedMeanwhile: "written by somebody else, and as it should be",
  gone: "deleted by somebody else since it was listed",
  notAsBefore: "encrypted as asked, but something else of it differs",
  noncurrentLeft: "noncurrent versions are no part of the verdict",
};

function outcomeTable({ counts, because, dryRun, sample }: Summary): Markup {
  const rows = outcomes
    .filter((outcome) => counts[outcome] || outcome === "failed" || outcome === "cannot")
    .map((outcome) => {
      const reasons = Object.entries(refusalTexts).flatMap(([reason, text]) => {
        const count = Object.entries(because).find(([name]) => name === reason)?.[1] ?? 0;
        return count > 0 ? [html`<div>${count} ${text}</div>`] : [];
      });
      const note = outcome === "cannot" ? html`${reasons}` : html`${outcomeNotes[outcome] ?? ""}`;
      return html`<tr><td>${labelOf(outcome, dryRun)}</td><td class="number">${counts[outcome] ?? 0}</td><td class="muted">${note}</td></tr>`;
    });
  return html`<div class="card"><table><thead><tr><th>outcome</th><th class="number">objects</th><th>by which means, or why</th></tr></thead><tbody>${rows}</tbody></table></div>${sample ? html`<p class="note">${sample.inWords}</p>` : ""}`;
}

function exceptionSection({ exceptions: count, dryRun }: Summary, exceptions: readonly ObjectOutcome[]): Markup {
  if (count === 0) return html`<section><h2>Exceptions</h2><p>None: no object needs anybody's attention.</p></section>`;
  const rows = exceptions.map(({ key: name, versionId, outcome, because, message, seen }) => {
    const version = versionId === undefined ? "" : html`<div class="note">version ${key(versionId)}</div>`;
    const answered = seen?.refused ? html`<div class="note">${seen.refused.status} ${seen.refused.code}</div>` : "";
    return html`<tr><td>${key(name)}${version}</td><td>${labelOf(outcome, dryRun)}</td><td>${because ? refusalTexts[because] : (message ?? "")}${answered}</td><td class="muted">${seen?.before ? describeEncryption(seen.before) : ""}</td></tr>`;
  });
  const all =
    count > exceptions.length
      ? html`<p class="note">The first ${exceptions.length} of ${count}. All are in <code>objects.csv</code>.</p>`
      : html`<p class="note">All ${count} are in <code>objects.csv</code> as well.</p>`;
  return html`<section><h2>Exceptions</h2><div class="card" id="exceptions">
<label>Show only rows with these words <input type="search" autocomplete="off" spellcheck="false"></label><p class="note" id="shown">${exceptions.length} of ${exceptions.length} shown</p>
<div class="scroll"><table><thead><tr><th>key</th><th>outcome</th><th>why</th><th>was under</th></tr></thead><tbody>${rows}</tbody></table></div></div>${all}</section>`;
}

function throughput({ throttled, limits, processes, sweeps, seconds }: Summary, samples: Digest["samples"]): Markup {
  if (samples.length === 0) return html``;
  const found = limits?.found
    ? html`S3 was found to take about ${limits.reads} reads and ${limits.writes} writes a second at the end, in ${counted(limits.ranges, "range")} of keys with a limit of its own.`
    : html`S3 never had to be asked to slow down for long enough to find a limit.`;
  const stops = processes > 1 ? html` It was interrupted and went on ${counted(processes - 1, "time")}.` : html``;
  return html`<section><h2>Throughput</h2><div class="card">${new Markup(throughputChart(samples))}</div>
<p class="note">${counted(sweeps, "sweep")} in ${duration(seconds)} at work.${stops} Throttled: ${throttled.s3} by S3, ${throttled.kms} by KMS. ${found}</p></section>`;
}

function prefixTable({ prefixes, dryRun }: Summary): Markup {
  const shown = prefixes.slice(0, 50);
  const used = outcomes.filter((outcome) => shown.some(({ counts }) => counts[outcome]));
  const name = (prefix: string | null) => {
    if (prefix === null) return html`<span class="muted">(others)</span>`;
    return prefix === "" ? html`<span class="muted">(no slash in the key)</span>` : key(prefix);
  };
  const rows = shown.map(
    ({ prefix, objects, bytes, counts }) =>
      html`<tr><td>${name(prefix)}</td><td class="number">${objects}</td><td class="number">${bytesInWords(bytes)}</td>${used.map((outcome) => html`<td class="number">${counts[outcome] ?? 0}</td>`)}</tr>`,
  );
  const more =
    prefixes.length > shown.length ? html`<p class="note">The 50 largest of ${prefixes.length}.</p>` : html``;
  const heads = used.map((outcome) => html`<th class="number">${labelOf(outcome, dryRun)}</th>`);
  return html`<div class="card scroll"><table><thead><tr><th>prefix</th><th class="number">objects</th><th class="number">size</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div>${more}`;
}

function costs({ cost, estimate, operations }: Summary): Markup {
  const sent = operationNames.flatMap((name) => {
    const count = operations[name] ?? 0;
    return count > 0 ? [html`<dt>${name}</dt><dd>${count}</dd>`] : [];
  });
  const expected = estimate
    ? html`<p>The run itself is expected to cost:</p>${costTable(estimate)}<p>This dry run has cost:</p>`
    : html``;
  return html`${expected}${costTable(cost)}<div class="card"><dl>${sent}</dl></div>
<p class="note">Requests that were sent, by what was asked of S3, with those that were throttled and asked again.</p>`;
}

function costTable({ items, dollars, dollarsAtMost, unpriced, basis }: Cost): Markup {
  const amount = (value: number) => (value < 10 && !Number.isInteger(value) ? value.toFixed(2) : Math.round(value));
  const rows = items.map(
    ({ what, amount: value, unit, dollars: price, note }) =>
      html`<tr><td>${what}</td><td class="number">${amount(value)} ${unit}</td><td class="number">${dollarsInWords(price)}</td><td class="muted">${note ?? ""}</td></tr>`,
  );
  const most = dollarsAtMost > dollars ? html`at most ${dollarsInWords(dollarsAtMost)}` : html``;
  const missing =
    unpriced.length > 0 ? html` Counted as S3 Standard, for want of a price: ${unpriced.join(", ")}.` : html``;
  return html`<div class="card"><table><thead><tr><th>what</th><th class="number">how much</th><th class="number">about</th><th></th></tr></thead>
<tbody>${rows}<tr class="total"><td>together</td><td></td><td class="number">${dollarsInWords(dollars)}</td><td class="muted">${most}</td></tr></tbody></table>
<p class="note">List prices of ${basis.region}, ${basis.asOf}, without discounts and taxes; prices differ by region: ${basis.source.join(" and ")}.${missing}
Not in it: events, replication, lifecycle, and the machine that it ran on.</p></div>`;
}

function asked({ request, options, versions }: Summary): Markup {
  const rows = (values: Readonly<Record<string, string | number | boolean | null>>) =>
    Object.entries(values).map(
      ([name, value]) => html`<dt>${name}</dt><dd>${value === null ? "-" : String(value)}</dd>`,
    );
  return html`<div class="card"><dl>${rows(request)}${rows(options)}${rows(versions)}</dl></div>`;
}

function claims({ command, dryRun, sample, named }: Summary): Markup {
  const looked = html`<dt>encryption before</dt><dd>The first answer of HeadObject to this run: algorithm, key and bucket key.</dd>`;
  const notClaimed = html`<dt>not claimed</dt><dd>Anything about objects written after the last sweep had passed their keys. A later audit looks again.</dd>`;
  if (command === "audit" || command === "key-usage" || dryRun) {
    return html`<div class="card"><dl>${looked}<dt>nothing changed</dt><dd>Only lists and looks were sent: see the requests above.</dd>${notClaimed}</dl></div>`;
  }
  if (command === "restore") {
    return html`<div class="card"><dl><dt>restored</dt><dd>Each object was read back, and its size, checksum, metadata, tags, class, ACL and encryption are those of the backup's copy, which itself was the one that the manifest names.</dd><dt>nothing of others undone</dt><dd>Each copy was sent on the condition that the key was still missing, or still had the ETag that was looked at.</dd>${notClaimed}</dl></div>`;
  }
  if (command === "backup") {
    return html`<div class="card"><dl>${looked}<dt>backed up</dt><dd>Each copy was read back, and its size, checksum, metadata, tags and class are those of the original.</dd>${notClaimed}</dl></div>`;
  }
  const whole = named
    ? "The journal's intervals of keys cover what the inventory names. Nothing is said of other objects."
    : "The journal's intervals of keys cover the bucket without a gap. The last sweep found nothing left to change, unless the sentence on top says otherwise.";
  const byJobs = sample
    ? html`<dt>updated by a job</dt><dd>Not checked, but for the objects of the sample. The job's completion report names the object as succeeded, the report is what its MD5 sums say, and a list shows that nothing was written there since the job was created.</dd>`
    : "";
  return html`<div class="card"><dl>${looked}${byJobs}
<dt>updated, copied</dt><dd>A HeadObject after the change showed the algorithm, the key ARN and the bucket key that were asked for. An answer of 200 alone counts for nothing.</dd>
<dt>nothing lost</dt><dd>Metadata, headers, class, lock and redirect after the change were compared with those before; after a copy also tags, ACL and checksum. A difference makes the object an exception.</dd>
<dt>nothing of others undone</dt><dd>A copy carries the ETag that was looked at as a condition on source and destination, so whatever was written meanwhile stays. In a bucket without versions, a change that leaves the ETag equal and falls inside S3's own copy cannot be noticed by anyone.</dd>
<dt>whole</dt><dd>${whole}</dd>
<dt>requests</dt><dd>Counted by the process that sent them and journaled every ten seconds. What a killed process sent after that is missing.</dd>${notClaimed}</dl></div>`;
}
