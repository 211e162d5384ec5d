// The first five seconds: the verdict, what failed, what limits.
import type { Result, Scenario, Target, Verdict } from "./document";
import { counted, headline } from "./families";
import { show, show_metric, show_seconds, show_time, unit_of } from "./show";
import { Table } from "./table";
import { Name, short, Text, visible } from "./text";
import { Pill, Sign } from "./verdict";

const rank: Record<Verdict, number> = { pass: 0, inconclusive: 1, fail: 2, invalid: 3 };

// As the console's report has it (report/words.cc): the first target of the scenario's own verdict, or the finding.
function decided_by(s: Scenario): { target?: Target; text: string } | null {
  if (s.verdict === "pass") return null;
  const worst = s.targets.reduce<Verdict>((v, t) => (rank[t.verdict] > rank[v] ? t.verdict : v), "pass");
  if (worst === "pass" || s.verdict !== worst || s.verdict === "invalid") {
    if (s.problem) return { text: s.problem };
    const finding = s.findings.find((f) => f.invalidates);
    if (finding) return { text: finding.rule.replace(/_/g, " ") };
  }
  const target = s.targets.find((t) => t.verdict === worst && worst !== "pass");
  if (target) return { target, text: target.expression };
  return s.problem ? { text: s.problem } : null;
}

export function count_verdicts(r: Result): string {
  const { total, ...by } = r.summary;
  const words = (["passed", "failed", "inconclusive", "invalid"] as const).filter((w) => by[w] > 0).map((w) => `${by[w]} ${w}`);
  return `${total} ${total === 1 ? "scenario" : "scenarios"}${words.length ? ": " + words.join(", ") : ""}`;
}

const sentences: Record<Verdict, string> = {
  pass: "Every target was met.",
  fail: "A target was missed.",
  inconclusive: "Too little was measured to decide.",
  invalid: "It cannot be judged: the generator or its surroundings decided the numbers.",
};

function Undecided({ result }: { result: Result }) {
  const order = result.scenarios
    .map((s, i) => ({ s, i, by: decided_by(s) }))
    .filter((e) => e.s.verdict !== "pass" && !e.s.stage)
    .sort((a, b) => rank[b.s.verdict] - rank[a.s.verdict]);
  if (order.length === 0) return null;
  const most = 6;
  return (
    <section class="card" aria-labelledby="failed">
      <h2 id="failed">What was not met</h2>
      <ul class="verdict-list">
        {order.slice(0, most).map(({ s, i, by }) => (
          <li key={i}>
            <Sign verdict={s.verdict} />
            <div>
              <a href={`#s${i}`}>{short(s.name)}</a> <span class={`word ${s.verdict}`}>{s.verdict}</span>
              {by && (
                <div class="soft">
                  {by.target ? (
                    <>
                      {short(by.target.expression, 120)}:{" "}
                      <b>{by.target.value === undefined ? "not measured" : show(by.target.value, unit_of(by.target.metric))}</b>
                    </>
                  ) : (
                    short(by.text, 200)
                  )}
                </div>
              )}
            </div>
          </li>
        ))}
      </ul>
      {order.length > most && <p class="soft">and {order.length - most} more below</p>}
    </section>
  );
}

// Findings by rule: what several scenarios say is said once.
function Limits({ result }: { result: Result }) {
  const rules = new Map<string, { evidence: string; weight: number; at: number[]; invalidates: boolean }>();
  result.scenarios.forEach((s, i) =>
    s.findings
      .filter((f) => f.severity !== "note")
      .forEach((f) => {
        const known = rules.get(f.rule) ?? { evidence: f.evidence, weight: 0, at: [], invalidates: !!f.invalidates };
        known.weight = Math.max(known.weight, f.severity === "high" ? 2 : 1);
        known.at.push(i);
        rules.set(f.rule, known);
      }),
  );
  if (rules.size === 0) return null;
  const sorted = [...rules].sort(([, a], [, b]) => b.weight - a.weight || b.at.length - a.at.length);
  return (
    <section class="card" aria-labelledby="limits">
      <h2 id="limits">What limits</h2>
      <ul class="verdict-list">
        {sorted.slice(0, 5).map(([rule, f]) => (
          <li key={rule}>
            <Sign verdict={f.invalidates ? "invalid" : f.weight > 1 ? "fail" : "inconclusive"} />
            <div>
              <a href={`#s${f.at[0]}-findings`}>{short(rule.replace(/_/g, " "))}</a>
              {f.at.length > 1 && <span class="soft"> in {f.at.length} scenarios</span>}
              <div class="soft">{short(f.evidence, 220)}</div>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Overview({ result }: { result: Result }) {
  const rows = result.scenarios.map((s, i) => {
    const main = headline(s);
    const time = (p: string) => (main ? show_metric(s.metrics, `${main.name}.${p}`) : "–");
    const rate = s.metrics["broadcast.rate"] !== undefined ? "broadcast.rate" : "rate";
    const { text, errors } = counted(s);
    const by = decided_by(s);
    return [
      <a class="name" href={`#s${i}`} title={visible(s.name).slice(0, 300)}>
        <Name>{short(s.name, 60)}</Name>
      </a>,
      <Pill verdict={s.verdict} stage={s.stage} />,
      text,
      show_metric(s.metrics, rate),
      main && main.name !== "latency" ? <span title={main.name}>{time("p50")}</span> : time("p50"),
      time("p95"),
      time("p99"),
      errors,
      by ? short(by.text, 80) : "",
    ];
  });
  return (
    <section id="overview" class="card" aria-labelledby="overview-title">
      <h2 id="overview-title">Scenarios</h2>
      <Table
        label="all scenarios"
        columns={[
          { title: "scenario" },
          { title: "verdict", text: true },
          { title: "counted" },
          { title: "rate" },
          { title: "p50" },
          { title: "p95" },
          { title: "p99" },
          { title: "errors" },
          { title: "decided by", text: true },
        ]}
        rows={rows}
      />
    </section>
  );
}

export function Summary({ result, live }: { result: Result; live: boolean }) {
  const { run } = result;
  const running = live && result.scenarios.some((s) => s.stage);
  const over = result.scenarios.filter((s) => !s.stage).length;
  const seconds = result.scenarios.reduce((sum, s) => sum + (s.measured_seconds || 0), 0);
  return (
    <>
      <section id="summary" aria-label="summary" class={`hero ${running ? "running" : result.verdict}`}>
        <div class="hero-verdict">
          {running ? <i class="beat" aria-hidden="true" /> : <Sign verdict={result.verdict} />}
          <span>{running ? "running" : result.verdict}</span>
        </div>
        <div class="hero-text">
          <h1>
            <Text>{run.suite || "one scenario"}</Text>
          </h1>
          <p>
            {running ? `${over} of ${result.scenarios.length} scenarios are over.` : `${sentences[result.verdict]} ${count_verdicts(result)}.`}
          </p>
          <p class="soft">
            {show_time(run.started_at)}
            {seconds > 0 && <> · {show_seconds(seconds)} measured</>} · loadstone {run.version}
          </p>
        </div>
      </section>
      {(result.partial && !live) || result.losses.length > 0 ? (
        <div class="notice" role="note">
          <b>{result.partial ? "The run did not come to its end." : "Something could not be read."}</b>
          {result.losses.map((loss, i) => (
            <p key={i}>
              <Text>{loss}</Text>
            </p>
          ))}
        </div>
      ) : null}
      <div class="strip" aria-hidden="true">
        {result.scenarios.map((s, i) => (
          <a key={i} tabIndex={-1} href={`#s${i}`} class={s.stage ?? s.verdict} title={`${short(s.name)}: ${s.stage ?? s.verdict}`} />
        ))}
      </div>
      <div class="cards">
        <Undecided result={result} />
        <Limits result={result} />
      </div>
      <Overview result={result} />
    </>
  );
}
