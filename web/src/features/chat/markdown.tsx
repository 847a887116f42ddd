/** What a model wrote without documents. Its words are not ours: rendered, sanitised, and without any remote image. */
import ReactMarkdown from "react-markdown";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { CodeBlock } from "@/shared/ui/code-block";

const SCHEMA = {
  ...defaultSchema,
  tagNames: (defaultSchema.tagNames ?? []).filter((tag) => tag !== "img" && tag !== "input"),
  protocols: { ...defaultSchema.protocols, href: ["http", "https", "mailto"] },
};

export default function Markdown({ text }: { text: string }) {
  return (
    <ReactMarkdown
      skipHtml
      remarkPlugins={[remarkGfm]}
      rehypePlugins={[[rehypeSanitize, SCHEMA]]}
      components={{
        a: ({ href, children }) =>
          href?.startsWith("#") ? (
            <sup className="leading-none">
              <a href={href} aria-label={`Source ${children}`}>
                {children}
              </a>
            </sup>
          ) : (
            <a href={href} target="_blank" rel="noreferrer noopener">
              {children}
            </a>
          ),
        pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
        table: ({ children }) => (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: wide tables scroll, and must do so by keyboard
          <div tabIndex={0} className="overflow-x-auto">
            <table>{children}</table>
          </div>
        ),
      }}
    >
      {text}
    </ReactMarkdown>
  );
}
