// Text from outside: names, headers, what a service answered. Preact writes it as text, never as markup; here it is also
// kept from hiding (control characters become visible), from turning its surroundings round (right-to-left), and from
// filling the page.
import { useState } from "preact/hooks";

const longest = 300;

const pictured = (c: string) => {
  const code = c.codePointAt(0)!;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\uFFFD";
};

// Line ends and tabs stay; they do no harm.
export const visible = (text: string) =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/g, pictured);

// A number stays with its unit: "5 %", "20.0 ms".
const joined = (text: string) => text.replace(/(\d) (?=(%|[nµm]?s|[kMGT]?B)(\W|$))/g, "$1\u00a0");

export function Text({ children }: { children: string }) {
  const [whole, set_whole] = useState(false);
  const text = joined(visible(String(children ?? "")));
  if (text.length <= longest || whole) return <bdi>{text}</bdi>;
  return (
    <bdi>
      {text.slice(0, longest)}…{" "}
      <button type="button" class="quiet" onClick={(e) => (e.preventDefault(), set_whole(true))}>
        all {text.length.toLocaleString("en-US")} characters
      </button>
    </bdi>
  );
}

// A name that may be broken into lines where its words end, rather than anywhere.
export const Name = ({ children }: { children: string }) => (
  <>
    {children.split(/(?<=[_./-])/).map((word, i) => (
      <>
        {i > 0 && <wbr />}
        {word}
      </>
    ))}
  </>
);

// One line of it, where there is no room for more.
export const short = (text: string, length = 80) => {
  const shown = visible(text).replace(/\s+/g, " ");
  if (shown.length <= length) return shown;
  const cut = shown.slice(0, length - 1);
  const word = cut.lastIndexOf(" ");
  return (word > length / 2 ? cut.slice(0, word) : cut) + "…";
};
