"""Needs ccbooks_client.py beside it or in the path, and: pip install anthropic openai google-genai

export CCBOOKS_URL=http://127.0.0.1:8050 CCBOOKS_TOKEN=ccb_… CCBOOKS_PROJECT=shop
"""

import asyncio

import anthropic
import openai
from google import genai

import ccbooks_client as ccbooks

QUESTION = [{"role": "user", "content": "Name a colour."}]

# An answer is what it would be without `track`.
message = ccbooks.track(
    anthropic.Anthropic().messages.create,
    task="colours",
    model="claude-sonnet-4-5",
    max_tokens=200,
    messages=QUESTION,
)
print(message.content)

# So is a stream, and what `with` is used on.
with ccbooks.track(
    anthropic.Anthropic().messages.stream, model="claude-sonnet-4-5", max_tokens=200, messages=QUESTION
) as stream:
    for text in stream.text_stream:
        print(text, end="")

content = ccbooks.track(
    genai.Client().models.generate_content, model="gemini-2.5-flash", contents="Name a colour."
)
print(content.text)


async def main() -> None:
    # OpenAI tells the usage of a stream only if it is asked for.
    chunks = await ccbooks.atrack(
        openai.AsyncOpenAI().chat.completions.create,
        model="gpt-5-mini",
        messages=QUESTION,
        stream=True,
        stream_options={"include_usage": True},
    )
    async for chunk in chunks:
        if chunk.choices:
            print(chunk.choices[0].delta.content or "", end="")


asyncio.run(main())

# Whatever `track` does not know is told by hand; `input_tokens` are those that were not cached.
ccbooks.record(provider="ollama", model="llama3", input_tokens=12, output_tokens=3, cost_usd=0)
