// Reads what is in the page, draws it, and, for a run that goes on, keeps it up to date.
import { render } from "preact";
import { read_payload, type Payload } from "./document";
import { follow } from "./live";
import { Page, type Connection } from "./page";
import "./style.css";

const place = document.getElementById("page")!;
const nothing: Payload = { results: [] };

function draw(payload: Payload, connection: Connection) {
  const first = payload.results[0]?.result;
  if (payload.comparison) document.title = `${payload.comparison.verdict.replace(/_/g, " ")}: B against A`;
  else if (payload.limit) document.title = `${payload.limit.verdict}: the limit of ${(payload.limit.name || "a service").slice(0, 80)}`;
  else if (first) document.title = `${first.verdict}: ${(first.run.suite || "loadstone").slice(0, 80)}`;
  render(<Page payload={payload} connection={connection} />, place);
}

let payload = nothing;
try {
  payload = read_payload(document.getElementById("results")!.textContent!);
} catch {
  // A template without a result says so itself.
}
place.textContent = "";
draw(payload, "none");
if (payload.live) follow(payload.live, draw);
// The place that the address names exists only now.
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
