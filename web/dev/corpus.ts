/** A few invented documents for working on the pages without a server. Never shipped. */

export interface Page {
  source: string;
  title: string;
  /** Versions, oldest first. "# " begins a heading, "## " a smaller one, "|" a table row; a blank line ends a block. */
  texts: string[];
}

export const HANDBOOK: Page[] = [
  {
    source: "docs/how-to/add-documents.md",
    title: "Add documents",
    texts: [
      "# Add documents\n\nDrop files on the Knowledge page, or name them on the command line.\n\n## What can be read\n\nMarkdown, HTML and PDF files can be read.",
      "# Add documents\n\nDrop files anywhere on the Knowledge page, or name them on the command line with `answerable add`. A folder is added with everything in it, and a pattern such as `reports/*.pdf` adds what matches.\n\n## What can be read\n\nMarkdown, HTML, plain text, PDF, Word, PowerPoint, Excel, CSV, JSON, e-mail and EPUB files can be read. Page numbers and headings are kept, so that a citation can say where it comes from.\n\n| format | keeps | limit |\n| PDF | pages | 500 MB |\n| Word | headings | 200 MB |\n| Excel | sheets | 200 MB |\n\n## When you can ask\n\nKeyword search sees a new document at once. Embeddings fill in behind it, and the Knowledge page shows how many are done and how long the rest will take.\n\n## When a file cannot be read\n\nAn encrypted, empty or damaged file is refused with a reason. The other files of the same upload carry on, and nothing is ever half-added.",
    ],
  },
  {
    source: "docs/how-to/connect-a-model.md",
    title: "Connect a model",
    texts: [
      "# Connect a model\n\nAnswerable works without any language model: the extractive engine picks sentences from your documents and cites each of them.\n\n## With a key\n\nSet `OPENAI_API_KEY` or `ANTHROPIC_API_KEY` in the environment and start the server again. The model then appears in the list beside the question.\n\n## Without sending anything away\n\nA model on your own machine is connected by its address, for example a llama.cpp or vLLM server. Nothing leaves the machine then, and no key is needed.",
    ],
  },
  {
    source: "docs/citations.md",
    title: "How an answer is checked",
    texts: [
      "# How an answer is checked\n\nEvery sentence of an answer is compared with the passage it cites before it is shown. Numbers, names, dates and negations must agree, and a support score must be high enough.\n\n## What is left out\n\nA sentence that its passage does not support is dropped. The dropped sentence and the reason are kept in the trace, which the Why panel shows.\n\n## When nothing is good enough\n\nWhen the best passages do not support an answer, Answerable says so instead of guessing. It then names the collections it searched and shows the passages that came closest, without any reference numbers.\n\n## Confidence\n\nConfidence is a calibrated probability that the answer is supported. It is called high from 0.80, fair from 0.60, and low below that.",
    ],
  },
  {
    source: "docs/versions.md",
    title: "Versions and time travel",
    texts: [
      "# Versions and time travel\n\nA changed document becomes a new version, and the old one is kept. A citation always names the version that it was taken from.\n\n## Asking about the past\n\nWith `--as-of 2026-01-31` a question is answered from the versions that were current on that day. The old version serves until the new one is completely stored.",
    ],
  },
];

const ROOMS = ["Kitchen", "Bathroom", "Hallway", "Office", "Garage", "Cellar", "Attic", "Garden"];

export const MANUAL: Page[] = [
  {
    source: "manuals/heat-pump-hp40.pdf",
    title: "Heat pump HP-40: installation and care with a rather long title that has to be cut somewhere",
    texts: [
      `# Heat pump HP-40\n\nThe HP-40 heats and cools homes of up to 180 square metres.\n\n${ROOMS.map(
        (room, index) =>
          `## ${room}\n\nSet the ${room.toLowerCase()} to ${17 + index} degrees in winter. The valve in the ${room.toLowerCase()} must be bled once a year, before the heating season begins. Keep ${20 + index * 5} centimetres free around the outlet, because blocked air makes the compressor work harder.\n\nIf the display shows E${index + 1}, switch the unit off for ${index + 2} minutes and call the service when it returns.`,
      ).join("\n\n")}`,
    ],
  },
  {
    source: "manuals/thermostat.html",
    title: "Thermostat T2",
    texts: [
      "# Thermostat T2\n\nThe thermostat runs two years on two AA batteries. Hold both buttons for five seconds to pair it with the pump.",
    ],
  },
];
