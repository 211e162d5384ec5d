// What a comparison says of one scenario: every metric with its change, the margin and the interval, and where in the
// distribution the change is. Nothing is judged here: `loadstone compare` has.
import { ChangePicture, reach_of } from "./charts/change";
import { Plot } from "./charts/plot";
import type { Change, Comparison, Verdict } from "./document";
import { show, unit_of } from "./show";
import { short, Text } from "./text";
import { Sign } from "./verdict";

type Judged = Comparison["scenarios"][number];

// The words of a comparison with the signs of a verdict.
const signs: Record<string, Verdict> = { improved: "pass", not_regressed: "pass", inconclusive: "inconclusive", regressed: "fail", invalid: "invalid" };
export const sign_of = (verdict: string): Verdict => signs[verdict] ?? "inconclusive";
export const word_of = (verdict: string) => short(verdict.replace(/_/g, " "), 30);

export function Judgement({ verdict }: { verdict: string }) {
  const sign = sign_of(verdict);
  return (
    <span class={`pill ${sign}`}>
      <Sign verdict={sign} />
      {word_of(verdict)}
    </span>
  );
}

// As the console has it (src/compare/change.cc).
const designs: Record<string, string> = {
  duet_swap: "side by side, cores swapped every second",
  interleaved: "in turns, in random order",
  occasions: "against earlier occasions",
  single: "one occasion of each",
};

// Shares change by points, everything else relatively.
const is_share = (metric: string) => metric === "error_rate" || metric.endsWith(".error_rate");

function figure(value: number | undefined, share: boolean): string {
  if (value === undefined) return "?";
  const size = Math.abs(100 * value);
  const text = size.toFixed(share ? 3 : size < 10 ? 1 : 0);
  return Number(text) === 0 ? "0" : `${value > 0 ? "+" : "−"}${text}`;
}
export const show_change = (value: number | undefined, share = false) => `${figure(value, share)} ${share ? "points" : "%"}`;

function interval(c: Change, share: boolean): string {
  if (c.low === undefined && c.high === undefined) return "";
  if (c.low === undefined) return `at most ${show_change(c.high, share)}`;
  if (c.high === undefined) return `at least ${show_change(c.low, share)}`;
  return `${figure(c.low, share)} to ${show_change(c.high, share)}`;
}

function Row({ change: c, reach }: { change: Change; reach: number }) {
  const share = is_share(c.metric);
  const unit = unit_of(c.metric);
  const sign = sign_of(c.verdict);
  return (
    <li class={c.gates === false ? "aside" : ""}>
      <Sign verdict={sign} />
      <span class="change-metric">
        {short(c.metric)}
        <span class={`word ${sign}`}>{word_of(c.verdict)}</span>
      </span>
      <span class="change-values">
        {c.a === undefined && c.b === undefined ? "" : `${show(c.a, unit)} → ${show(c.b, unit)}`}
      </span>
      <span class="change-effect">
        <b>{show_change(c.effect, share)}</b>
        <span class="soft">{interval(c, share)}</span>
      </span>
      <ChangePicture change={c} reach={reach} sign={sign} />
      {c.reason && (
        <span class="target-reason">
          <Text>{c.reason}</Text>
        </span>
      )}
    </li>
  );
}

// Every percentile at an equal distance, or the tail would be a hair's breadth.
function Shift({ shift }: { shift: NonNullable<Judged["shift"]> }) {
  const most = 2 * Math.max(0.05, ...shift.map((p) => Math.abs(p.change)));
  const name = (i: number) => (shift[i] ? `p${Number((100 * shift[i].quantile).toFixed(2))}` : "");
  return (
    <Plot
      title="where in the distribution of latency B is worse"
      x={shift.map((_, i) => i)}
      lines={[
        { label: "change", color: "--blue", width: 2.25, values: shift.map((p) => p.change) },
        { label: "at least", color: "--grey", dash: [4, 3], values: shift.map((p) => p.low) },
        { label: "at most", color: "--grey", dash: [2, 3], values: shift.map((p) => p.high) },
      ]}
      unit="ratio"
      show_x={(i) => name(Math.round(i))}
      ticks_x={(from, to, width) => {
        const step = Math.max(1, Math.ceil((48 * shift.length) / Math.max(width, 1)));
        return shift.map((_, i) => i).filter((i) => i >= from && i <= to && i % step === 0);
      }}
      range_y={[-most, most]}
      height={200}
      wide
    />
  );
}

export function Changes({ scenario: s }: { scenario: Judged }) {
  const reach = reach_of(s.metrics);
  const sure = s.level && s.level > 0 && s.design !== "single" ? `, intervals at ${Number((100 * (1 - 2 * s.level)).toFixed(2))} %` : "";
  return (
    <>
      <p class="compare-verdict">
        <Judgement verdict={s.verdict} />{" "}
        <span class="soft">
          {short(designs[s.design ?? ""] ?? s.design ?? "")}
          {sure}
        </span>
      </p>
      {s.metrics.length > 0 && (
        <>
          <ul class="changes" aria-label={`changes of ${short(s.name)}`}>
            {s.metrics.map((c) => (
              <Row key={c.metric} change={c} reach={reach} />
            ))}
          </ul>
          <p class="soft change-key">The grey field is the margin within which a change does not matter; to the right of the line B is worse. Indented metrics decide nothing.</p>
        </>
      )}
      {s.shift && s.shift.length > 2 && <Shift shift={s.shift} />}
      {(s.notes ?? []).map((note, i) => (
        <p key={i} class="soft">
          <Text>{note}</Text>
        </p>
      ))}
    </>
  );
}
