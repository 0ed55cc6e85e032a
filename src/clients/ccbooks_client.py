"""Tells a ccbooks server of the calls that an app makes to LLM providers.

    import ccbooks_client as ccbooks

    message = ccbooks.track(client.messages.create, project="shop", model=..., messages=...)
    message = await ccbooks.atrack(async_client.messages.create, model=..., messages=...)
    ccbooks.record(provider="other", model="m-1", input_tokens=12, output_tokens=3)

It is set by CCBOOKS_URL, CCBOOKS_TOKEN, CCBOOKS_PROJECT and CCBOOKS_WORKER. It never raises into the app and never
keeps it running: what cannot be sent waits, is sent again, and at the end is dropped and told of. A process that ends
without Python's usual end, as those of multiprocessing do, calls flush() before.
"""

from __future__ import annotations

import atexit
import inspect
import json
import math
import os
import random
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, Callable, Iterator

__all__ = ["Client", "atrack", "flush", "record", "track"]

#: As many as the server takes at once.
LARGEST_BATCH = 1000

#: More than that waiting, and the oldest are dropped.
MOST_WAITING = 10_000

#: Before a request is repeated, in seconds, where the server does not say; each time twice as long.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0

#: How long a server may ask to wait, in seconds.
MOST_PATIENCE = 300.0

#: How long one request may take, in seconds.
TIMEOUT = 10.0

#: How long a process that is over waits for its last calls to be sent, in seconds.
LAST_TIMEOUT = 5.0

#: As much of an error as is kept, in characters.
LONGEST_ERROR = 500

#: Of a call that failed: the server takes no call without one.
NO_MODEL = "unknown"

NO_PROVIDER = (
    "An answer is of no provider that is known, and its call is not recorded; tell of it with record()."
)
NO_USAGE = (
    "An answer told no usage, and its call is recorded without tokens; "
    'OpenAI tells a stream\'s with stream_options={"include_usage": True}.'
)


class Client:
    """A client with settings of its own; what is left out, the environment sets.

    `on_problem(kind, message, lost)` is told what went wrong, and how many calls are lost by it; without one, the first
    of each kind is a line on stderr. `lost` counts all that were recorded and are lost.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        project: str | None = None,
        worker: str | None = None,
        *,
        flush_seconds: float = 1.0,
        on_problem: Callable[[str, str, int], object] | None = None,
    ) -> None:
        url = url or os.environ.get("CCBOOKS_URL") or "http://127.0.0.1:8050"
        self._url = url.rstrip("/")
        self._token = (token or os.environ.get("CCBOOKS_TOKEN") or "").strip()
        usual = {
            "project": project or os.environ.get("CCBOOKS_PROJECT"),
            "worker_id": worker or os.environ.get("CCBOOKS_WORKER"),
        }
        # Of calls that name none.
        self._usual = {name: value for name, value in usual.items() if value}
        self._flush_seconds = flush_seconds
        self._on_problem = on_problem or _first_of_each_kind()
        self._has_said_no_token = False
        self._is_away = False
        self.lost = 0
        self._begin()
        atexit.register(self._finish)

    def record(self, **fields: Any) -> None:
        """Tells of a call, in the words of `POST /api/usage`; of these, provider and model are needed."""
        if not self._token:
            self._say_that_there_is_no_token()
            return
        try:
            self._keep(fields)
        except Exception as error:
            self._problem("unread", f"A call cannot be told as JSON ({error}).", 1)

    def track(
        self,
        call: Callable[..., Any],
        *args: Any,
        project: str | None = None,
        task: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Calls, gives what the call gives, a stream too, and tells of it once it is over.

        What the call raises goes on to the app. What makes a stream of an async client without being awaited, such as
        Anthropic's `messages.stream`, is tracked by this too.
        """
        meter = _Meter(self, call, kwargs, project, task)
        try:
            answer = call(*args, **kwargs)
        except BaseException as error:
            meter.fail(error)
            raise
        return meter.take(answer)

    async def atrack(
        self,
        call: Callable[..., Any],
        *args: Any,
        project: str | None = None,
        task: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """`track` of what is awaited."""
        meter = _Meter(self, call, kwargs, project, task)
        try:
            answer = call(*args, **kwargs)
            if inspect.isawaitable(answer):
                answer = await answer
        except BaseException as error:
            meter.fail(error)
            raise
        return meter.take(answer)

    def flush(self, timeout: float = 10.0) -> bool:
        """Waits until all is sent or dropped, at the longest for so many seconds; whether it is. It never raises."""
        if self._process != os.getpid():
            return True
        with self._changed:
            if not self._waiting:
                return True
            self._is_hurried = True
            self._changed.notify_all()
            if self._has_thread():
                return self._changed.wait_for(lambda: not self._waiting, timeout)
        # An interpreter that is ending starts no threads.
        self._send_all(until=time.monotonic() + timeout)
        return not self._waiting

    def _begin(self) -> None:
        self._process = os.getpid()
        self._changed = threading.Condition()
        # As JSON: later changes of the app's to what it recorded are not sent.
        self._waiting: list[str] = []
        # How many of them, from the first on, are in the request that is under way.
        self._sending = 0
        self._is_hurried = False
        self._thread: threading.Thread | None = None

    def _keep(self, fields: dict[str, Any]) -> None:
        given = {name: value for name, value in fields.items() if value is not None}
        # An id is made once: what is sent again is the same call.
        told = {**self._usual, "timestamp": _instant(), "request_id": str(uuid.uuid4()), **given}
        if "error_message" in told:
            told["error_message"] = str(told["error_message"])[:LONGEST_ERROR]
        text = json.dumps(told, default=_plain, allow_nan=False)
        # A forked process has no thread, and what waited is its parent's to send.
        if self._process != os.getpid():
            self._begin()
        with self._changed:
            self._waiting.append(text)
            is_full = len(self._waiting) > MOST_WAITING
            if is_full:
                # Those under way may be stored already.
                del self._waiting[self._sending]
            self._has_thread()
            self._changed.notify_all()
        if is_full:
            self._problem("full", f"More than {MOST_WAITING} calls wait; the oldest are dropped.", 1)

    def _has_thread(self) -> bool:
        """Starts the thread that sends, where there is none."""
        if self._thread is None or not self._thread.is_alive():
            thread = threading.Thread(target=self._work, name="ccbooks", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return False
            self._thread = thread
        return True

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                self._changed.wait_for(
                    lambda: self._is_hurried or len(self._waiting) >= LARGEST_BATCH, self._flush_seconds
                )
            self._send_all()

    def _send_all(self, until: float = math.inf) -> None:
        limit = LARGEST_BATCH
        tries = 0
        while time.monotonic() < until:
            with self._changed:
                self._is_hurried = False
                batch = self._waiting[:limit]
                self._sending = len(batch)
            if not batch:
                return
            answer = self._post(batch)
            with self._changed:
                self._sending = 0
                if answer.status == 413 and len(batch) > 1:
                    limit = math.ceil(len(batch) / 2)
                    continue
                if not answer.is_worth_again:
                    limit, tries, self._is_away = min(limit * 2, LARGEST_BATCH), 0, False
                    lost = self._remove(answer, len(batch))
                    self._changed.notify_all()
            if not answer.is_worth_again:
                if lost > 0:
                    self._problem(
                        "refused", f"{self._url} refused calls ({answer.said}); they are dropped.", lost
                    )
                continue
            self._say_that_it_is_away(answer)
            seconds = _backoff(tries) if answer.retry_after is None else answer.retry_after
            with self._changed:
                is_hurried = self._changed.wait_for(
                    lambda: self._is_hurried, min(seconds, until - time.monotonic())
                )
            tries = 0 if is_hurried else tries + 1

    def _remove(self, answer: _Answer, size: int) -> int:
        """Takes away what was answered for good, and says how much of it is lost.

        Of a batch that is refused nothing is kept: the others are sent again without the one that is bad.
        """
        if 200 <= answer.status < 300:
            del self._waiting[:size]
            return 0
        if answer.index is not None and 0 <= answer.index < size:
            del self._waiting[answer.index]
            return 1
        del self._waiting[:size]
        return size

    def _post(self, batch: list[str]) -> _Answer:
        try:
            request = urllib.request.Request(
                f"{self._url}/api/usage",
                data=f"[{','.join(batch)}]".encode(),
                headers={
                    "authorization": f"Bearer {self._token}",
                    "content-type": "application/json",
                    "user-agent": "ccbooks-client",
                },
            )
            with _opener.open(request, timeout=TIMEOUT) as response:
                return _Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return _Answer(error.code, error.headers, _rest_of(error))
        except Exception as error:
            return _Answer(0, {}, b"", str(getattr(error, "reason", error)) or type(error).__name__)

    def _finish(self) -> None:
        """The interpreter is ending: what still cannot be sent is dropped."""
        if self._process != os.getpid() or self.flush(LAST_TIMEOUT):
            return
        with self._changed:
            lost = len(self._waiting)
            self._waiting.clear()
        self._problem("unsent", f"The process ended with calls that were not sent: {lost}.", lost)

    def _say_that_there_is_no_token(self) -> None:
        if self._has_said_no_token:
            return
        self._has_said_no_token = True
        self._problem("no-token", "No call is recorded, as there is no token; set CCBOOKS_TOKEN.", 0)

    def _say_that_it_is_away(self, answer: _Answer) -> None:
        """Once, until it is there again."""
        if self._is_away:
            return
        self._is_away = True
        message = f"{self._url} takes no calls now ({answer.said}); they are sent later."
        self._problem("unreachable", message, 0)

    def _problem(self, kind: str, message: str, lost: int) -> None:
        self.lost += lost
        shown = message.replace(self._token, "…") if self._token else message
        try:
            self._on_problem(kind, shown, lost)
        except Exception:
            # A listener of the app's that raises, or no stderr.
            pass


_usual: Client | None = None
_usual_lock = threading.Lock()


def _usual_client() -> Client:
    """The client that the environment sets. It is made at its first use: an app may set the variables itself."""
    global _usual
    with _usual_lock:
        if _usual is None:
            _usual = Client()
        return _usual


def record(**fields: Any) -> None:
    """`Client.record` of the client that the environment sets."""
    _usual_client().record(**fields)


def track(
    call: Callable[..., Any],
    *args: Any,
    project: str | None = None,
    task: str | None = None,
    **kwargs: Any,
) -> Any:
    """`Client.track` of the client that the environment sets."""
    return _usual_client().track(call, *args, project=project, task=task, **kwargs)


async def atrack(
    call: Callable[..., Any],
    *args: Any,
    project: str | None = None,
    task: str | None = None,
    **kwargs: Any,
) -> Any:
    """`Client.atrack` of the client that the environment sets."""
    return await _usual_client().atrack(call, *args, project=project, task=task, **kwargs)


def flush(timeout: float = 10.0) -> bool:
    """`Client.flush` of the client that the environment sets."""
    return _usual_client().flush(timeout)


class _SameHost(urllib.request.HTTPRedirectHandler):
    """A token is sent to no other place."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_SameHost)


class _Answer:
    """What the server says. Status 0: nothing."""

    def __init__(self, status: int, headers: Any, body: bytes, said: str | None = None) -> None:
        told = _json_in(body)
        error, field, index = told.get("error"), told.get("field"), told.get("index")
        self.status = status
        self.said = said or (error if isinstance(error, str) else f"status {status}")
        if isinstance(field, str):
            self.said += f" [{field}]"
        # Which of the calls is bad.
        self.index = index if isinstance(index, int) else None
        self.retry_after = _seconds(headers.get("retry-after"))
        self.is_worth_again = status in (0, 408, 429) or status >= 500


def _json_in(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _rest_of(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read()
    except Exception:
        return b""


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return min(seconds, MOST_PATIENCE) if seconds > 0 else None


def _backoff(tries: int) -> float:
    """Seconds; half of it is chance, so that many clients do not come back at the same moment."""
    return min(FIRST_PAUSE * 2 ** min(tries, 10), LONGEST_PAUSE) * (0.5 + random.random() / 2)


def _first_of_each_kind() -> Callable[[str, str, int], None]:
    said: set[str] = set()

    def say(kind: str, message: str, _: int) -> None:
        if kind not in said:
            said.add(kind)
            print(f"ccbooks: {message}", file=sys.stderr)

    return say


def _instant() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    """Of what JSON has no word for."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


class _Meter:
    """Follows one call until it is over, and tells of it once."""

    def __init__(
        self,
        client: Client,
        call: Callable[..., Any],
        kwargs: dict[str, Any],
        project: str | None,
        task: str | None,
    ) -> None:
        self._client = client
        self._project = project
        self._task = task
        # What an answer tells goes before; a call that fails has nothing else.
        self._called = _provider_called(call)
        self._asked = _text_of(kwargs, "model")
        self._at = _instant()
        self._start = time.monotonic()
        self._provider: str | None = None
        self._model: str | None = None
        self._id: str | None = None
        self._usage: dict[str, Any] = {}
        self._error: str | None = None
        self._first_token: int | None = None
        self._is_over = False

    def take(self, answer: Any) -> Any:
        """The answer as the app gets it, or the stream it comes in."""
        try:
            return self._take(answer)
        except Exception:
            return answer

    def fail(self, error: BaseException) -> None:
        try:
            self._error = self._error or str(error) or type(error).__name__
            self._id = self._id or _text_of(error, "request_id", "_request_id")
        except Exception:
            self._error = type(error).__name__
        self.end()

    def see(self, chunk: Any) -> None:
        """A chunk of a stream."""
        try:
            if self._first_token is None and _has_content(chunk):
                self._first_token = self._elapsed()
            self.read(chunk)
        except Exception:
            # A chunk that cannot be read is none of the app's business.
            pass

    def read(self, chunk: Any) -> None:
        """Adds what an answer or a chunk tells. Where several tell a number, the last counts: they are sums so far."""
        parts = [chunk, *(_get(chunk, name) for name in ("message", "response", "chunk"))]
        for part in parts:
            self._provider = self._provider or _provider_of(part)
            self._model = self._model or _text_of(part, "model", "model_version", "modelVersion")
            self._id = self._id or _text_of(part, "_request_id", "request_id")
            usage = _get(part, "usage", "usage_metadata", "usageMetadata")
            for name in _USAGE_FIELDS:
                value = _get(usage, name)
                if value is not None:
                    self._usage[name] = value
            if _get(part, "status") == "failed" or _get(part, "type") == "error":
                message = _text_of(_get(part, "error"), "message") or _text_of(part, "message")
                self._error = self._error or message or "failed"
        for part in parts:
            self._id = self._id or _text_of(part, "id", "response_id", "responseId")

    def end(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        try:
            self._tell()
        except Exception as error:
            self._client._problem("unread", f"A call cannot be told ({error}).", 1)

    def _take(self, answer: Any) -> Any:
        kind = type(answer)
        if hasattr(kind, "__next__"):
            return self._follow(answer, _passed)
        if hasattr(kind, "__anext__"):
            return self._follow(answer, _apassed)
        if hasattr(kind, "__enter__") or hasattr(kind, "__aenter__"):
            return _Manager(answer, self)
        self.read(answer)
        self.end()
        return answer

    def _follow(self, stream: Any, passed: Callable[[Any, _Meter], Any]) -> Any:
        """The streams of the SDKs read from a member, also for their helpers such as `text_stream`: with that one
        changed, they stay the objects they are. Others are generators, and become another one."""
        inner = getattr(stream, "_iterator", None)
        if inner is None:
            return passed(stream, self)
        stream._iterator = passed(inner, self)
        close = getattr(stream, "close", None)

        def ended() -> Any:
            self.end()
            return close()

        # Their `with` closes them, also where the app needs no more of them.
        if close is not None:
            stream.close = ended
        return stream

    def _tell(self) -> None:
        tokens = _tokens_of(self._provider or self._called, self._usage)
        provider = self._provider or self._called or ""
        if self._error is None and tokens is None:
            lost = 0 if provider else 1
            self._client._problem("unread", NO_PROVIDER if lost else NO_USAGE, lost)
            if lost:
                return
        self._client.record(
            project=self._project,
            provider=provider,
            model=self._model or self._asked or NO_MODEL,
            request_id=self._id,
            timestamp=self._at,
            duration_ms=self._elapsed(),
            time_to_first_token_ms=self._first_token,
            success=self._error is None,
            error_message=self._error,
            task_id=self._task,
            **(tokens or {"input_tokens": 0, "output_tokens": 0}),
        )

    def _elapsed(self) -> int:
        return round((time.monotonic() - self._start) * 1000)


def _passed(inner: Any, meter: _Meter) -> Iterator[Any]:
    """Gives every chunk on as it is."""
    try:
        for chunk in inner:
            meter.see(chunk)
            yield chunk
    except GeneratorExit:
        # The app needs no more of it.
        raise
    except BaseException as error:
        meter.fail(error)
        raise
    finally:
        meter.end()
        if hasattr(inner, "close"):
            inner.close()


async def _apassed(inner: Any, meter: _Meter) -> Any:
    """`_passed` of what is awaited."""
    try:
        async for chunk in inner:
            meter.see(chunk)
            yield chunk
    except GeneratorExit:
        raise
    except BaseException as error:
        meter.fail(error)
        raise
    finally:
        meter.end()
        if hasattr(inner, "aclose"):
            await inner.aclose()


class _Manager:
    """What `with` is used on, such as Anthropic's `messages.stream`: the stream is made on entering."""

    def __init__(self, manager: Any, meter: _Meter) -> None:
        self._manager = manager
        self._meter = meter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)

    def __enter__(self) -> Any:
        try:
            stream = self._manager.__enter__()
        except BaseException as error:
            self._meter.fail(error)
            raise
        return self._meter.take(stream)

    def __exit__(self, *error: Any) -> Any:
        return self._manager.__exit__(*error)

    async def __aenter__(self) -> Any:
        try:
            stream = await self._manager.__aenter__()
        except BaseException as error:
            self._meter.fail(error)
            raise
        return self._meter.take(stream)

    async def __aexit__(self, *error: Any) -> Any:
        return await self._manager.__aexit__(*error)


def _get(thing: Any, *names: str) -> Any:
    """The first that there is: the SDKs have members, plain answers have keys."""
    for name in names:
        value = thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)
        if value is not None:
            return value
    return None


def _text_of(thing: Any, *names: str) -> str | None:
    values = (_get(thing, name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), None)


def _count(thing: Any, *names: str) -> int:
    value = _get(thing, *names)
    return value if isinstance(value, int) and value > 0 else 0


def _provider_called(call: Any) -> str | None:
    """Of the package that the call is of."""
    package = str(getattr(call, "__module__", "")).partition(".")[0]
    return package if package in ("anthropic", "openai", "google") else None


def _provider_of(part: Any) -> str | None:
    if _get(part, "usage_metadata", "usageMetadata", "candidates") is not None:
        return "google"
    kind = _text_of(part, "type", "object") or ""
    if kind == "message" or kind.startswith(("message_", "content_block")):
        return "anthropic"
    if kind in ("response", "text_completion") or kind.startswith(("response.", "chat.completion")):
        return "openai"
    # Embeddings, and those who answer as OpenAI does.
    return None if _get(_get(part, "usage"), "prompt_tokens") is None else "openai"


def _has_content(chunk: Any) -> bool:
    """Whether a chunk has something of the answer in it, and not only of what comes before."""
    kind = _get(chunk, "type")
    if kind == "chunk":
        chunk = _get(chunk, "chunk")
    elif isinstance(kind, str):
        return kind.endswith("delta") and kind != "message_delta"
    choices = _get(chunk, "choices")
    if not isinstance(choices, list):
        return True
    names = ("content", "reasoning_content", "reasoning", "refusal", "tool_calls", "function_call")
    return any(_get(_get(choice, "delta"), name) for choice in choices for name in names)


_USAGE_FIELDS = (
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_creation",
    "cache_read_input_tokens",
    "prompt_tokens",
    "completion_tokens",
    "prompt_tokens_details",
    "input_tokens_details",
    "prompt_token_count",
    "promptTokenCount",
    "candidates_token_count",
    "candidatesTokenCount",
    "thoughts_token_count",
    "thoughtsTokenCount",
    "cached_content_token_count",
    "cachedContentTokenCount",
    "tool_use_prompt_token_count",
    "toolUsePromptTokenCount",
)


def _tokens_of(provider: str | None, usage: dict[str, Any]) -> dict[str, int] | None:
    """What a call used, with the input as Anthropic counts it: without what was cached. None: it is not told."""
    if not usage:
        return None
    if provider == "anthropic":
        return {
            "input_tokens": _count(usage, "input_tokens"),
            "output_tokens": _count(usage, "output_tokens"),
            "cache_creation_tokens": _count(usage, "cache_creation_input_tokens"),
            "cache_creation_1h_tokens": _count(_get(usage, "cache_creation"), "ephemeral_1h_input_tokens"),
            "cache_read_tokens": _count(usage, "cache_read_input_tokens"),
        }
    if provider == "openai":
        details = _get(usage, "input_tokens_details", "prompt_tokens_details")
        read, written = _count(details, "cached_tokens"), _count(details, "cache_write_tokens")
        return {
            "input_tokens": max(0, _count(usage, "input_tokens", "prompt_tokens") - read - written),
            "output_tokens": _count(usage, "output_tokens", "completion_tokens"),
            "cache_creation_tokens": written,
            "cache_read_tokens": read,
        }
    if provider == "google":
        read = _count(usage, "cached_content_token_count", "cachedContentTokenCount")
        prompt = _count(usage, "prompt_token_count", "promptTokenCount")
        tools = _count(usage, "tool_use_prompt_token_count", "toolUsePromptTokenCount")
        answer = _count(usage, "candidates_token_count", "candidatesTokenCount")
        thoughts = _count(usage, "thoughts_token_count", "thoughtsTokenCount")
        return {
            "input_tokens": max(0, prompt + tools - read),
            "output_tokens": answer + thoughts,
            "cache_read_tokens": read,
        }
    return None
