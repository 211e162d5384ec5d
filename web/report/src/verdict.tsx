// A verdict: always with its sign and its word, so that nothing hangs on a colour.
import type { Scenario, Verdict } from "./document";

const signs: Record<Verdict, string> = {
  pass: "M3 8.5 6.5 12 13 4.5",
  fail: "M4 4 12 12M12 4 4 12",
  inconclusive: "M5.5 5.8a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.7M8 12.3v.2",
  invalid: "M8 3v6.5M8 12.4v.2",
};

export function Sign({ verdict }: { verdict: Verdict }) {
  return (
    <svg class={`sign ${verdict}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={signs[verdict] ?? signs.inconclusive} fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

export function Pill({ verdict, stage }: { verdict: Verdict; stage?: Scenario["stage"] }) {
  if (stage)
    return (
      <span class={`pill ${stage}`}>
        {stage === "running" && <i class="beat" aria-hidden="true" />}
        {stage}
      </span>
    );
  return (
    <span class={`pill ${verdict}`}>
      <Sign verdict={verdict} />
      {verdict}
    </span>
  );
}
