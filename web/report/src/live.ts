// The page of a run that goes on: one document a second from the run itself. A dropped connection is tried again; when
// the run is over, the last document stays.
import { complete_result, type Payload, type Result } from "./document";
import type { Connection } from "./page";

export function follow(address: string, draw: (payload: Payload, connection: Connection) => void) {
  let payload: Payload = { results: [] };
  const events = new EventSource(address);
  const take = (text: string) => {
    payload = { results: [{ label: "", result: complete_result(JSON.parse(text) as Result) }] };
  };
  draw(payload, "lost");
  events.addEventListener("result", (event) => {
    take((event as MessageEvent<string>).data);
    draw(payload, "open");
  });
  events.addEventListener("over", (event) => {
    take((event as MessageEvent<string>).data);
    events.close();
    draw(payload, "over");
  });
  // The browser tries again by itself as long as it may.
  events.addEventListener("error", () => draw(payload, "lost"));
}
