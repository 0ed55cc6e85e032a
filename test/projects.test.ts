import { mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";
import { expect, test } from "vitest";

import { newHome, type Home } from "./support/home.ts";
import { PRICED, say } from "./support/transcripts.ts";
import { cellsIn, sessionsIn } from "./support/witness.ts";

const DAY = "2026-11-02";
const at = `${DAY}T10:00:00.000Z`;

const projects = (home: Home): unknown =>
  home.query("SELECT slug, path, name FROM project ORDER BY slug");

/** As Claude Code names the folder of a project's transcripts. */
const slugOf = (path: string): string => path.replaceAll(/[^a-zA-Z0-9]/g, "-");

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

test("a path whose name Claude Code cuts off is known as well", async () => {
  const home = newHome();
  const path = `/home/dev/${"long.name/".repeat(30)}app`;
  const slug = `${slugOf(path).slice(0, 200)}-1x2y3z`;
  say(home.claude, slug, "one", { id: "a", at, cwd: path });
  await home.fetch();
  expect(projects(home)).toEqual([{ slug, path, name: "app" }]);
  expect(cellsIn(home)).toEqual({ [`${DAY} ${slug} ${PRICED}`]: 110 });
});

test("a project whose transcripts do not say where it is goes by its folder's name, until one does", async () => {
  const home = newHome();
  say(home.claude, "-home-dev-app", "one", { id: "a", at, cwd: "/somewhere/else" });
  await home.fetch();
  expect(projects(home)).toEqual([{ slug: "-home-dev-app", path: null, name: "-home-dev-app" }]);
  say(home.claude, "-home-dev-app", "two", { id: "b", at, cwd: "/home/dev/app" });
  await home.fetch();
  expect(projects(home)).toEqual([{ slug: "-home-dev-app", path: "/home/dev/app", name: "app" }]);
});

test("a project whose folder is deleted keeps its path, and so it does where the books are merged", async () => {
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
  await other.run(["merge", "--offline", home.db]);
  expect(projects(other)).toEqual([
    ...known,
    { slug: "-home-dev-web", path: "/home/dev/web", name: "web" },
  ]);
});

test("Claude Code's own worktrees are their repository's project, however deep one works in them", async () => {
  const home = newHome();
  const worktree = "/home/dev/app/.claude/worktrees/fix-login";
  say(home.claude, "-home-dev-app", "one", { id: "a", at, cwd: "/home/dev/app" });
  say(home.claude, slugOf(worktree), "two", { id: "b", at, cwd: `${worktree}/src` });
  say(home.claude, slugOf(`${worktree}/src`), "three", { id: "c", at, cwd: `${worktree}/src` });
  await home.fetch();
  expect(projects(home)).toEqual([{ slug: "-home-dev-app", path: "/home/dev/app", name: "app" }]);
  expect(cellsIn(home)).toEqual({ [`${DAY} -home-dev-app ${PRICED}`]: 330 });
  expect(sessionsIn(home)).toEqual({ one: 110, two: 110, three: 110 });
});

/** A repository with a worktree that git itself has made beside it. */
async function repositoryWithWorktree(home: Home): Promise<{ app: string; worktree: string }> {
  const place = realpathSync(home.folder);
  const [app, worktree] = [join(place, "app"), join(place, "app-fix")];
  const git = (...args: string[]) =>
    execa("git", ["-c", "user.name=x", "-c", "user.email=x@x", ...args], {
      env: { HOME: home.folder, GIT_CONFIG_NOSYSTEM: "1" },
    });
  await git("init", "-q", app);
  await git("-C", app, "commit", "-q", "--allow-empty", "-m", "x");
  await git("-C", app, "worktree", "add", "-q", worktree);
  return { app, worktree };
}

test("a worktree that git has made is its repository's project, also when it is gone later", async () => {
  const home = newHome();
  const { app, worktree } = await repositoryWithWorktree(home);
  say(home.claude, slugOf(worktree), "one", { id: "a", at, cwd: worktree });
  await home.fetch();
  const here = [{ slug: slugOf(app), path: app, name: "app" }];
  expect(projects(home)).toEqual(here);
  rmSync(worktree, { recursive: true });
  say(home.claude, slugOf(worktree), "one", { id: "b", at, cwd: worktree });
  await home.fetch("--full");
  expect(projects(home)).toEqual(here);
  expect(cellsIn(home)).toEqual({ [`${DAY} ${slugOf(app)} ${PRICED}`]: 220 });
});

test("a worktree that names its repository by a relative path is its project as well", async () => {
  const home = newHome();
  const { app, worktree } = await repositoryWithWorktree(home);
  // As git writes it with worktree.useRelativePaths.
  writeFileSync(join(worktree, ".git"), "gitdir: ../app/.git/worktrees/app-fix\n");
  say(home.claude, slugOf(worktree), "one", { id: "a", at, cwd: worktree });
  await home.fetch();
  expect(projects(home)).toEqual([{ slug: slugOf(app), path: app, name: "app" }]);
});

test.for<{ what: string; make: (git: string) => unknown }>([
  { what: "a pipe", make: (git) => execa("mkfifo", [git]) },
  { what: "a folder", make: (git) => mkdirSync(git) },
  { what: "a submodule's", make: (git) => writeFileSync(git, "gitdir: ../.git/modules/x\n") },
  { what: "four gigabytes", make: (git) => execa("truncate", ["-s", "4G", git]) },
])("a folder whose .git is $what is no worktree, and not waited for", async ({ make }) => {
  const home = newHome();
  const folder = join(realpathSync(home.folder), "app");
  mkdirSync(folder);
  await make(join(folder, ".git"));
  say(home.claude, slugOf(folder), "one", { id: "a", at, cwd: folder });
  await home.fetch();
  expect(projects(home)).toEqual([{ slug: slugOf(folder), path: folder, name: "app" }]);
});
