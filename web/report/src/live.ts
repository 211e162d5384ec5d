// The page of a run that goes on: one document a second from the run itself. A dropped connection is tried again; when
// the run is over, the last document stays.
import { complete_result, type Payload, type Result } from "./document";
import type { Connection } from "./page";

// What an event holds: the result so far, and which scenario goes on.
interface Update {
  running: number | null;
  result: Result;
}

function read(text: string): Payload {
  const { running, result } = JSON.parse(text) as Update;
  const whole = complete_result(result);
  if (running !== null)
    whole.scenarios.forEach((s, i) => {
      if (i >= running) s.stage = i === running ? "running" : "waiting";
    });
  return { results: [{ label: "", result: whole }] };
}

export function follow(address: string, draw: (payload: Payload, connection: Connection) => void) {
  let payload: Payload = { results: [] };
  // The token, where one is needed, is in the address of the page.
  const events = new EventSource(address + location.search);
  draw(payload, "lost");
  events.addEventListener("result", (event) => draw((payload = read((event as MessageEvent<string>).data)), "open"));
  events.addEventListener("over", (event) => {
    events.close();
    draw((payload = read((event as MessageEvent<string>).data)), "over");
  });
  // The browser tries again by itself, as often as it takes.
  events.addEventListener("error", () => draw(payload, "lost"));
}
