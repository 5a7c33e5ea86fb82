import { documentOf } from "../reencrypt/report/document";
import { html, type Markup } from "../reencrypt/report/markup";
import { duration } from "../reencrypt/report/words";
import type { TargetSummary, WaveSummary } from "./summary";

const badgeOf = ({ exitCode, stoppedBecause }: WaveSummary): Markup => {
  if (exitCode === 0) return html`<span class="badge good">Done</span>`;
  if (stoppedBecause !== null || exitCode === 1) return html`<span class="badge bad">Stopped</span>`;
  return html`<span class="badge attention">${exitCode === null ? "Not ended" : "Needs attention"}</span>`;
};

/** One page about a wave, without a script. */
export function wavePage(summary: WaveSummary): string {
  const { wave, verdict, startedAt, endedAt, targets } = summary;
  const body = html`<main>
<header>
<p class="over">Rollout · ${startedAt}${endedAt === null ? "" : ` to ${endedAt}`}</p>
<h1>${verdict}</h1>
${badgeOf(summary)}
</header>
<section><h2>Targets</h2><div class="card scroll"><table>
<thead><tr><th>target</th><th>account</th><th>status</th><th>steps, with exit codes</th><th class="number">time</th></tr></thead>
<tbody>${targets.map(row)}</tbody>
</table></div>
<p class="note">Exit codes: 0 all compliant; 1 some failed; 2 could not look; 3 done, but some objects cannot be converted.
Each step's output is in <code>&lt;target&gt;/&lt;step&gt;.log</code> beside this file.</p></section>
</main>`;
  return documentOf(`Rollout of wave ${wave}`, body);
}

const row = ({ stack, account, status, steps, seconds }: TargetSummary): Markup => {
  const done = steps.map(({ name, exitCode }) => `${name} ${exitCode}`).join(", ");
  return html`<tr><td>${stack}</td><td>${account}</td><td>${status}</td><td>${done === "" ? "-" : done}</td><td class="number">${duration(seconds)}</td></tr>`;
};
