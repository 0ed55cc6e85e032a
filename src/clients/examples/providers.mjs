// npm install ccbooks @anthropic-ai/sdk openai @google/genai
// export CCBOOKS_URL=http://127.0.0.1:8050 CCBOOKS_TOKEN=ccb_… CCBOOKS_PROJECT=shop
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { flush, record, track } from "ccbooks/client";
import OpenAI from "openai";

const anthropic = new Anthropic();
const openai = new OpenAI();
const google = new GoogleGenAI({});

// An answer is what it would be without `track`.
const message = await track(
  anthropic.messages.create({
    model: "claude-sonnet-4-5",
    max_tokens: 200,
    messages: [{ role: "user", content: "Name a colour." }],
  }),
  { task: "colours", provider: "anthropic", model: "claude-sonnet-4-5" },
);
console.log(message.content);

// So is a stream. OpenAI tells the usage of one only if it is asked for.
const chunks = await track(
  openai.chat.completions.create({
    model: "gpt-5-mini",
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: "user", content: "Name a colour." }],
  }),
);
for await (const chunk of chunks) process.stdout.write(chunk.choices[0]?.delta.content ?? "");

const content = await track(
  google.models.generateContent({ model: "gemini-2.5-flash", contents: "Name a colour." }),
);
console.log(content.text);

// Whatever `track` does not know is told by hand; `input_tokens` are those that were not cached.
record({ provider: "ollama", model: "llama3", input_tokens: 12, output_tokens: 3, cost_usd: 0 });

// Only needed before process.exit(), and where a platform stops the process between requests.
await flush();
