// The page: summary, scenarios, environment; at the side the way to each of them.
import { useEffect, useState } from "preact/hooks";
import { Compare, compared_names, CompareSummary } from "./compare";
import type { Limit, Payload, Scenario } from "./document";
import { Environment } from "./environment";
import { LimitSummary, LimitView, ScalingView } from "./limit";
import { ScenarioView, sections_of } from "./scenario";
import type { Beside } from "./sections/section";
import { Summary } from "./summary";
import { Name, short, visible } from "./text";
import { use_theme } from "./theme";
import { Sign } from "./verdict";

export type Connection = "none" | "open" | "lost" | "over";
const said: Record<Connection, string> = {
  none: "",
  open: "live",
  lost: "connection lost, trying again",
  over: "the run is over",
};

// The scenario that is being read: its sections are unfolded in the navigation.
function use_current(count: number): number {
  const [current, set] = useState(-1);
  useEffect(() => {
    const watch = new IntersectionObserver(
      (entries) => entries.forEach((e) => e.isIntersecting && set(Number(e.target.id.slice(1)))),
      { rootMargin: "-25% 0px -70% 0px" },
    );
    document.querySelectorAll("article.scenario").forEach((article) => watch.observe(article));
    return () => watch.disconnect();
  }, [count]);
  return current;
}

function Navigation({ scenarios, compared, limit }: { scenarios: Scenario[]; compared: string[]; limit?: Limit }) {
  const current = use_current(scenarios.length);
  const links = (
    <ul>
      <li>
        <a href="#summary">Summary</a>
      </li>
      {compared.length > 0 && (
        <li class="current">
          <a href="#compare">Side by side</a>
          <ul class="deep">
            {compared.map((name, i) => (
              <li key={i}>
                <a href={`#c${i}`}>{short(name, 40)}</a>
              </li>
            ))}
          </ul>
        </li>
      )}
      {limit && (
        <li>
          <a href="#limit">{limit.of === "clients" ? "How many clients" : "What rate"}</a>
        </li>
      )}
      {limit && limit.users.length > 0 && (
        <li>
          <a href="#scaling">How it scales</a>
        </li>
      )}
      {scenarios.map((s, i) => (
        <li key={i} class={i === current ? "current" : ""}>
          <a href={`#s${i}`} title={visible(s.name).slice(0, 300)}>
            {s.stage ? <i class={s.stage === "running" ? "beat" : "waiting"} aria-hidden="true" /> : <Sign verdict={s.verdict} />}
            <span>
              <Name>{short(s.name, 40)}</Name>
            </span>
          </a>
          <ul class="deep">
            {sections_of(s).map(({ id, title }) => (
              <li key={id}>
                <a href={`#s${i}-${id}`}>{title}</a>
              </li>
            ))}
          </ul>
        </li>
      ))}
      {(scenarios.length > 0 || limit) && (
        <li>
          <a href="#environment">Run it again</a>
        </li>
      )}
    </ul>
  );
  // On a narrow window the same links are folded away.
  return (
    <nav aria-label="sections">
      <details open={innerWidth >= 1000}>
        <summary>Sections</summary>
        {links}
      </details>
    </nav>
  );
}

export function Page({ payload, connection }: { payload: Payload; connection: Connection }) {
  const [theme, turn] = use_theme();
  const { comparison, limit } = payload;
  const [first, ...rest] = payload.results;
  const compared = rest.length > 0 || comparison ? compared_names(payload.results, comparison) : [];
  const beside = (s: Scenario): Beside[] =>
    rest.flatMap((r) => {
      const same = r.result.scenarios.find((other) => other.name === s.name);
      return same ? [{ label: r.label, s: same }] : [];
    });
  return (
    <>
      <a class="skip" href="#main">
        to the results
      </a>
      <header class="bar">
        <span class="brand">loadstone</span>
        {connection !== "none" && (
          <span class={`connection ${connection}`} role="status">
            {connection === "open" && <i class="beat" aria-hidden="true" />}
            {said[connection]}
          </span>
        )}
        <button type="button" class="quiet" onClick={() => print()}>
          print
        </button>
        <button type="button" class="quiet" onClick={turn} aria-label={theme === "dark" ? "light colours" : "dark colours"}>
          {theme === "dark" ? "light" : "dark"}
        </button>
      </header>
      <div class="frame">
        {(first || comparison || limit) && <Navigation scenarios={first?.result.scenarios ?? []} compared={compared} limit={limit} />}
        <main id="main" tabIndex={-1}>
          {comparison ? <CompareSummary comparison={comparison} /> : first && <Summary result={first.result} live={connection !== "none"} />}
          {compared.length > 0 && <Compare results={payload.results} comparison={comparison} />}
          {first?.result.scenarios.map((s, i) => (
            <ScenarioView key={`${i} ${s.name}`} s={s} index={i} label={first.label} beside={beside(s)} />
          ))}
          {limit && (
            <>
              <LimitSummary limit={limit} />
              <LimitView limit={limit} />
              {limit.users.length > 0 && <ScalingView limit={limit} />}
              <Environment run={limit.run} />
            </>
          )}
          {first && <Environment run={first.result.run} />}
          {!first && !comparison && !limit && <p class="card">{connection === "none" ? "There is no result in this page." : "Waiting for the first numbers."}</p>}
        </main>
      </div>
    </>
  );
}
