import * as z from "zod/mini";

/** Ways to tell somebody, as the settings file names them. */

/** A secret is not in the file: `${NAME}` is taken from the environment. */
const fromEnvironment = z.string().check(z.regex(/^\$\{[A-Za-z_]\w*\}$/));

const text = z.string().check(z.minLength(1), z.maxLength(2000));
const address = z.string().check(z.regex(/^[^\s@<>,;]+@[^\s@<>,;]+$/), z.maxLength(254));

const desktop = z.strictObject({ type: z.literal("desktop") });

const webhook = z.strictObject({
  type: z.literal("webhook"),
  /** http or https, or wholly or partly from the environment. */
  url: text.check(z.regex(/^(https?:\/\/|\$\{)/)),
  shape: z.prefault(z.enum(["json", "slack", "discord", "ntfy"]), "json"),
});

const email = z.strictObject({
  type: z.literal("email"),
  host: text,
  port: z.prefault(z.int().check(z.positive(), z.maximum(65_535)), 587),
  /** TLS from the first byte, as on port 465. Otherwise STARTTLS, unless the server is this machine. */
  secure: z.prefault(z.boolean(), false),
  user: z.optional(text),
  password: z.optional(fromEnvironment),
  from: address,
  to: z.array(address).check(z.minLength(1), z.maxLength(20)),
});

const command = z.strictObject({
  type: z.literal("command"),
  /** The program and its arguments. */
  command: z.array(text).check(z.minLength(1)),
});

const channel = z.discriminatedUnion("type", [desktop, webhook, email, command]);

export const channels = z.record(z.string().check(z.regex(/^[\w.-]{1,60}$/)), channel);

export type Channel = z.infer<typeof channel>;

export type ChannelType = Channel["type"];

/** By name. */
export type Channels = Record<string, Channel>;
