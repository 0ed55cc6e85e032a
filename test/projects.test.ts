import { rmSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { newHome, type Home } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

const at = "2026-11-02T10:00:00Z";

const projects = (home: Home): unknown =>
  home.query("SELECT slug, path, name FROM project ORDER BY slug");

test("a project is known by its path, which its folder's name does not tell", async () => {
  const home = newHome();
  say(home.claude, "-home-dev-my-app", "one", { id: "a", at, cwd: "/home/dev/my.app" });
  say(home.claude, "-home-dev-R-sum-s", "two", { id: "b", at, cwd: "/home/dev/Résumés" });
  await home.fetch();
  expect(projects(home)).toEqual([
    { slug: "-home-dev-R-sum-s", path: "/home/dev/Résumés", name: "Résumés" },
    { slug: "-home-dev-my-app", path: "/home/dev/my.app", name: "my.app" },
  ]);
});

test("work in a folder below is work on the project", async () => {
  const home = newHome();
  say(home.claude, "-home-dev-app", "one", { id: "a", at, cwd: "/home/dev/app/src/deep" });
  await home.fetch();
  expect(projects(home)).toEqual([{ slug: "-home-dev-app", path: "/home/dev/app", name: "app" }]);
});

test("a project whose transcripts do not say where it is goes by its folder's name", async () => {
  const home = newHome();
  say(home.claude, "-home-dev-app", "one", { id: "a", at, cwd: "/somewhere/else" });
  await home.fetch();
  expect(projects(home)).toEqual([{ slug: "-home-dev-app", path: null, name: "-home-dev-app" }]);
});

test("a project whose path no transcript told is asked for again", async () => {
  const home = newHome();
  say(home.claude, "-home-dev-app", "one", { id: "a", at, cwd: "/somewhere/else" });
  await home.fetch();
  say(home.claude, "-home-dev-app", "two", { id: "b", at, cwd: "/home/dev/app" });
  await home.fetch("--full");
  expect(projects(home)).toEqual([{ slug: "-home-dev-app", path: "/home/dev/app", name: "app" }]);
});

test("a project whose folder is deleted keeps its path", async () => {
  const home = newHome();
  say(home.claude, "-home-dev-app", "one", { id: "a", at, cwd: "/home/dev/app" });
  await home.fetch();
  rmSync(join(home.claude, "projects", "-home-dev-app"), { recursive: true });
  await home.fetch();
  const known = [{ slug: "-home-dev-app", path: "/home/dev/app", name: "app" }];
  expect(projects(home)).toEqual(known);
  expect(home.query("SELECT name, total_tokens FROM project_cost")).toEqual([
    { name: "app", total_tokens: 110 },
  ]);

  const other = newHome();
  say(other.claude, "-home-dev-web", "one", { id: "b", at, cwd: "/home/dev/web" });
  await other.fetch();
  await other.run(["merge", home.db]);
  expect(projects(other)).toEqual([
    ...known,
    { slug: "-home-dev-web", path: "/home/dev/web", name: "web" },
  ]);
});
