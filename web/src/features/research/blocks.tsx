/** The parts of a section: paragraphs, lists, code, tables, bars. */
import type { ReportBlock, ReportSection, ReportSentence } from "@/shared/research-types";
import { CodeBlock } from "@/shared/ui/code-block";
import { Numbers, SentenceView } from "./sentence";

interface BlocksProps {
  section: ReportSection;
  numbers: Map<ReportSentence, number>;
}

export function Blocks({ section, numbers }: BlocksProps) {
  const say = (sentence: ReportSentence, at: number) => (
    <SentenceView key={at} sentence={sentence} section={section.id} number={numbers.get(sentence)} />
  );
  return section.blocks.map((block, at) => <BlockView key={at} block={block} say={say} />);
}

type Say = (sentence: ReportSentence, at: number) => React.ReactNode;

function BlockView({ block, say }: { block: ReportBlock; say: Say }) {
  switch (block.type) {
    case "paragraph":
      return (
        <p dir="auto" className="mt-3 break-words">
          {block.sentences.map(say)}
        </p>
      );
    case "bullets": {
      const List = block.numbered ? "ol" : "ul";
      return (
        <List className={`mt-3 space-y-1.5 pl-6 ${block.numbered ? "list-decimal" : "list-disc"}`}>
          {block.items.map((item, at) => (
            <li key={at} dir="auto" className="break-words">
              {say(item, at)}
            </li>
          ))}
        </List>
      );
    }
    case "listing":
      return (
        <div className="mt-3">
          <CodeBlock>{block.text}</CodeBlock>
          <Numbers spans={block.spans} />
        </div>
      );
    case "grid":
      return (
        <figure className="mt-4">
          <figcaption className="text-sm text-muted">{block.caption}</figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: wide tables scroll, and must do so by keyboard */}
          <div tabIndex={0} className="mt-1 overflow-x-auto">
            <table className="w-full border-y border-line text-left text-[15px] leading-normal">
              <thead>
                <tr>
                  {block.head.map((cell, at) => (
                    <th key={at} dir="auto" className="py-1.5 pe-4 font-semibold">
                      {cell}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {block.rows.map((row, at) => (
                  <tr key={at} className="border-t border-line">
                    {row.map((cell, column) => (
                      <td key={column} dir="auto" className="py-1.5 pe-4 align-top">
                        {say(cell, column)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </figure>
      );
    case "chart":
      return <Chart {...block} />;
  }
}

function Chart({ caption, unit, bars }: Extract<ReportBlock, { type: "chart" }>) {
  const most = Math.max(...bars.map(({ value }) => Math.abs(value)), 0);
  return (
    <figure className="mt-4">
      <figcaption className="text-sm text-muted">{caption}</figcaption>
      <table className="mt-2 w-full text-sm">
        <tbody>
          {bars.map(({ label, value, spans }) => (
            <tr key={label}>
              <th scope="row" dir="auto" className="w-1/3 py-1 pe-3 text-left font-normal break-words">
                {label}
              </th>
              <td className="w-full py-1">
                <span
                  aria-hidden
                  className="block h-4 rounded-sm bg-accent"
                  style={{ width: `${most > 0 ? Math.max(1, (Math.abs(value) / most) * 100) : 0}%` }}
                />
              </td>
              <td className="py-1 ps-3 whitespace-nowrap tabular-nums">
                {value.toLocaleString("en")} {unit}
                <Numbers spans={spans} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
