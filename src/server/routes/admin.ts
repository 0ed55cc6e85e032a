import * as z from "zod/mini";

import { deliverAlerts } from "../../alerts/deliver.ts";
import { isBudgetName, USUAL_WARN_PERCENT, type Budget } from "../../budget.ts";
import { dayAt } from "../../dates.ts";
import { checkBudgets } from "../../budgets/check.ts";
import { withBooks } from "../../ledger/open.ts";
import { setBudget } from "../../ledger/budgets.ts";
import { readBudgets, readBudgetStatuses, type BudgetStatus } from "../../readers/budgets.ts";
import { readRecordedGroups } from "../../readers/recorded.ts";
import { Refused } from "../refused.ts";
import { route, type Route, type Service } from "../route.ts";
import { daysQuery } from "./queries.ts";
import { projectOf } from "./usage.ts";

const group = z.object({
  ...{ name: z.string(), calls: z.int(), failed_calls: z.int() },
  ...{ input_tokens: z.int(), output_tokens: z.int() },
  ...{ cache_creation_tokens: z.int(), cache_read_tokens: z.int() },
  ...{ cost_usd: z.nullable(z.number()), unpriced_tokens: z.int() },
});

const summary = route({
  ...{ method: "get", path: "/api/admin/usage", roles: ["read"] },
  summary: "What recorded calls come to, by day, provider, model and project",
  body: z.strictObject({ ...daysQuery, project: z.optional(z.string()) }),
  answer: z.object({
    total: z.nullable(group),
    ...{ daily: z.array(group), by_provider: z.array(group), by_model: z.array(group) },
    by_project: z.array(group),
  }),
  async handle({ service: { books }, token, body: { since = null, until = null, project } }) {
    const filter = { since, until, project: projectOf(token, project) };
    return {
      total: readRecordedGroups(books, "all", filter)[0] ?? null,
      daily: readRecordedGroups(books, "day", filter),
      by_provider: readRecordedGroups(books, "provider", filter),
      by_model: readRecordedGroups(books, "model", filter),
      by_project: readRecordedGroups(books, "project", filter),
    };
  },
});

const status = z.object({
  ...{ budget: z.string(), level: z.enum(["ok", "warn", "over"]) },
  ...{ spent: z.number(), limit: z.number(), unit: z.string() },
  ...{ percent: z.number(), since: z.string(), until: z.string() },
});

function told({ budget, level, spent, percent, since, until }: BudgetStatus) {
  const { name, amount: limit, unit } = budget;
  return { budget: name, level, spent, limit, unit, percent, since, until };
}

const CHECK = "/api/admin/usage/check-budgets";

const look = route({
  ...{ method: "get", path: CHECK, roles: ["read"] },
  summary: "How each budget stands; nobody is told",
  body: z.strictObject({}),
  answer: z.object({ budgets: z.array(status) }),
  async handle({ service: { books, machine }, token }) {
    const { statuses } = readBudgetStatuses(books, { now: Date.now(), timezone: machine.timezone });
    const { project } = token;
    const own = ({ budget: { scope } }: BudgetStatus): boolean =>
      project === null || (scope.source === "apps" && scope.project === project);
    return { budgets: statuses.filter(own).map(told) };
  },
});

const check = route({
  ...{ method: "post", path: CHECK, roles: [] },
  summary: "Tells of budgets that have come near their limit or reached it: once in 24 hours each",
  body: z.strictObject({}),
  answer: z.object({
    fired: z.array(status),
    deliveries: z.array(z.object({ channel: z.string(), error: z.nullable(z.string()) })),
  }),
  async handle({ service: { path, queue, machine, settings } }) {
    const { timezone } = machine;
    const { channels } = settings;
    const fired = await queue.write((books) =>
      checkBudgets(books, { timezone, now: Date.now(), channels: Object.keys(channels) }),
    );
    const deliveries = await withBooks(path, (books) =>
      deliverAlerts(books, channels, { timezone }),
    );
    return {
      fired: fired.map((one) => told(one.status)),
      deliveries: deliveries.map(({ channel, error }) => ({ channel, error })),
    };
  },
});

const projectBudget = z.object({
  project: z.string(),
  budget_threshold_usd: z.nullable(z.number()),
  budget_alert_threshold_percent: z.number(),
  spent_usd: z.number(),
});

const PROJECT_BUDGET = "/api/admin/projects/{id}/budget";

/** What a project's budget is called: one for a month, of what apps used. */
function budgetName(project: string): string {
  const name = `apps ${project}`;
  if (isBudgetName(name)) return name;
  throw new Refused(400, "The project's name is too long for a budget, or cannot be printed.");
}

function answerOf({ books, machine }: Service, project: string) {
  const when = { now: Date.now(), timezone: machine.timezone };
  const name = budgetName(project);
  const found = readBudgetStatuses(books, when).statuses.find(({ budget }) => budget.name === name);
  const month = { since: `${dayAt(when.now, when.timezone).date.slice(0, 7)}-01`, until: null };
  return {
    project,
    budget_threshold_usd: found?.budget.amount ?? null,
    budget_alert_threshold_percent: found?.budget.warnPercent ?? USUAL_WARN_PERCENT,
    spent_usd: readRecordedGroups(books, "all", { ...month, project })[0]?.cost_usd ?? 0,
  };
}

const getBudget = route({
  ...{ method: "get", path: PROJECT_BUDGET, roles: ["read"] },
  summary: "A project's budget of a month",
  body: z.strictObject({}),
  answer: projectBudget,
  async handle({ service, token, path: { id = "" } }) {
    return answerOf(service, projectOf(token, id) ?? id);
  },
});

const patchBudget = route({
  ...{ method: "patch", path: PROJECT_BUDGET, roles: [] },
  summary: "Sets a project's budget of a month, or a part of it",
  body: z.strictObject({
    budget_threshold_usd: z.optional(z.number().check(z.positive(), z.maximum(1e9))),
    budget_alert_threshold_percent: z.optional(z.number().check(z.positive(), z.maximum(100))),
  }),
  answer: projectBudget,
  async handle({ service, token, body, path: { id = "" } }) {
    const { books, queue } = service;
    const project = projectOf(token, id) ?? id;
    const name = budgetName(project);
    const known = readBudgets(books).find((budget) => budget.name === name);
    const amount = body.budget_threshold_usd ?? known?.amount;
    if (amount === undefined) {
      throw new Refused(
        400,
        "budget_threshold_usd: this project has no budget yet; say how much.",
        {
          field: "budget_threshold_usd",
        },
      );
    }
    const budget: Budget = {
      ...{ name, amount, unit: "usd", period: "month", countsCache: false, stops: false },
      warnPercent: body.budget_alert_threshold_percent ?? known?.warnPercent ?? USUAL_WARN_PERCENT,
      scope: { source: "apps", project, model: null, branch: null, machine: null, agent: null },
    };
    await queue.write((writable) => setBudget(writable, budget, new Date().toISOString()));
    return answerOf(service, project);
  },
});

/** What is for those who look after projects. */
export const admin: readonly Route[] = [summary, look, check, getBudget, patchBudget];
