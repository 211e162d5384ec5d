// Every part of a scenario's account, in the order of the page.
import { broadcast } from "./broadcast";
import { connections } from "./connections";
import { errors } from "./errors";
import { findings } from "./findings";
import { load } from "./load";
import { over_time } from "./over_time";
import { parts } from "./parts";
import { profile } from "./profile";
import { recovery } from "./recovery";
import type { Section } from "./section";
import { service } from "./service";
import { steps } from "./steps";
import { targets } from "./targets";
import { times } from "./times";

export const sections: Section[] = [
  targets,
  findings,
  times,
  over_time,
  parts,
  load,
  steps,
  connections,
  broadcast,
  recovery,
  service,
  errors,
  profile,
];
