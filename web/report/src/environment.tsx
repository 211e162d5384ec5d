// What it ran on, and how to run it again.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Result } from "./document";
import { show_time } from "./show";
import { Facts } from "./table";
import { Text, visible } from "./text";

function Command({ command }: { command: string }) {
  const [said, say] = useState("");
  const copy = () =>
    // Pages from disk may not use the clipboard: then the text is selected, for the keys that copy.
    (navigator.clipboard?.writeText(command) ?? Promise.reject()).then(
      () => say("copied"),
      () => {
        const range = document.createRange();
        range.selectNodeContents(document.getElementById("command")!);
        getSelection()?.removeAllRanges();
        getSelection()?.addRange(range);
        say("selected");
      },
    );
  return (
    <div class="command">
      <pre tabIndex={0} id="command" aria-label="command">{visible(command)}</pre>
      <button type="button" onClick={copy}>
        copy
      </button>
      <span role="status" class="soft">
        {said}
      </span>
    </div>
  );
}

export function Environment({ run }: { run: Result["run"] }) {
  return (
    <section id="environment" class="card" aria-labelledby="environment-title">
      <h2 id="environment-title">Run it again</h2>
      <Command command={run.command} />
      <Facts
        facts={[
          ["suite", run.suite_file ? <Text>{run.suite_file}</Text> : ""],
          ["seed", <span>{run.seed}</span>],
          ["threads", run.shards ? String(run.shards) : ""],
          ["sockets", run.reactor ?? ""],
          ["started", show_time(run.started_at)],
          ["loadstone", run.version],
          ...Object.entries(run.environment ?? {}).map(([k, v]): [string, ComponentChildren] => [k, <Text>{v}</Text>]),
        ]}
      />
    </section>
  );
}
