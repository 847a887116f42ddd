// Asks a gateway with OpenAI's SDK for Node and prints what it got as one line of JSON.
// Usage: node probe.mjs BASE-URL KEY SHORT-KEY

import OpenAI, { AuthenticationError, NotFoundError, RateLimitError } from "openai";

const [baseURL, apiKey, shortKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const model = "remote";
const said = (content) => [{ role: "user", content }];
const tool = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const found = {};

async function failure(kind, ask) {
  try {
    await ask();
    return "nothing was thrown";
  } catch (error) {
    return error instanceof kind ? error.code : `${error}`;
  }
}

const plain = await client.chat.completions.create({ model, messages: said("Hi from Node") });
found.plain = plain.choices[0].message.content;

const stream = await client.chat.completions.create({
  model,
  messages: said("Hi again from Node"),
  stream: true,
  stream_options: { include_usage: true },
});
found.streamed = "";
for await (const chunk of stream) {
  found.streamed += chunk.choices[0]?.delta?.content ?? "";
  found.tokens = chunk.usage?.total_tokens ?? found.tokens;
}

const runner = client.chat.completions.stream({ model, messages: said("The weather, Node?"), tools: [tool] });
const called = await runner.finalChatCompletion();
const [call] = called.choices[0].message.tool_calls;
found.call = { id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) };

const result = { role: "tool", tool_call_id: call.id, content: "It snows." };
const turns = [...said("The weather, Node?"), called.choices[0].message, result];
found.after = (await client.chat.completions.create({ model, messages: turns, tools: [tool] })).choices[0].message.content;

const { response } = await client.chat.completions
  .create({ model, messages: said("Hi for the headers") })
  .withResponse();
found.routed = response.headers.get("x-answerable-model");

found.models = [];
for await (const one of client.models.list()) {
  found.models.push(one.id);
}

const stranger = new OpenAI({ baseURL, apiKey: "ak_wrong", maxRetries: 0 });
found.wrongKey = await failure(AuthenticationError, () =>
  stranger.chat.completions.create({ model, messages: said("Hi") }),
);
found.wrongModel = await failure(NotFoundError, () =>
  client.chat.completions.create({ model: "gpt-99", messages: said("Hi") }),
);
const hasty = new OpenAI({ baseURL, apiKey: shortKey, maxRetries: 0 });
found.limit = await failure(RateLimitError, async () => {
  for (let number = 0; number < 3; number += 1) {
    await hasty.chat.completions.create({ model, messages: said(`Hi ${number}`) });
  }
});

console.log(JSON.stringify(found));
