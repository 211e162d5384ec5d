// Where the time went: means, because only they add up.
import { Parts, type Part } from "../charts/parts";
import type { Section } from "./section";

const of_latency: Omit<Part, "seconds">[] = [
  { label: "wait", color: "--yellow", whose: "for a free connection: the service's" },
  { label: "lag", color: "--grey", whose: "the generator's own" },
  { label: "service_time", color: "--green", whose: "the service and the network" },
];
const of_connecting: Omit<Part, "seconds">[] = [
  { label: "connect.dns", color: "--yellow", whose: "looking the name up" },
  { label: "connect.tcp", color: "--sky", whose: "TCP handshake" },
  { label: "connect.tls", color: "--purple", whose: "TLS handshake" },
  { label: "connect.upgrade", color: "--green", whose: "WebSocket upgrade" },
  { label: "connect.answer", color: "--green", whose: "until the event stream is answered" },
];

const measured = (parts: Omit<Part, "seconds">[], metrics: Record<string, number>): Part[] =>
  parts
    .filter((p) => metrics[`${p.label}.mean`] !== undefined)
    .map((p) => ({ ...p, seconds: metrics[`${p.label}.mean`] }));

export const parts: Section = {
  id: "parts",
  title: "Where the time went",
  applies: (s) => measured(of_latency, s.metrics).length > 1 || measured(of_connecting, s.metrics).length > 0,
  View: ({ s, beside, label }) => (
    <div class="parts-all">
      {[{ label, s }, ...beside].map((b) => {
        const from = beside.length > 0 ? `${b.label}: ` : "";
        return (
          <>
            <Parts title={`${from}mean latency`} parts={measured(of_latency, b.s.metrics)} />
            <Parts title={`${from}mean time to connect`} parts={measured(of_connecting, b.s.metrics)} />
          </>
        );
      })}
    </div>
  ),
};
