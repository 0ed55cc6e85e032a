import type { Dice } from "./dice.ts";

/** Something to be done: the branch it is done on, and what its session comes to be called. */
export interface Task {
  branch: string;
  title: string;
}

export interface Project {
  /** The name of its folder. Claude Code turns some of its signs into "-", so that it cannot be told back. */
  name: string;
  tasks: readonly [Task, ...Task[]];
}

const PROJECTS: readonly [Project, ...Project[]] = [
  project("storefront", {
    main: [
      "Why the basket forgets its coupons",
      "Faster product pages",
      "Upgrade to the new router",
    ],
    "checkout-retry": [
      "Retry a payment once after a timeout",
      "Test the checkout without a network",
    ],
    "feat/gift-cards": ["Gift cards at the checkout", "Refund what was paid by gift card"],
  }),
  project("billing-api", {
    main: ["Find the slow invoice query", "Logs without card numbers"],
    "fix/rounding": ["Round where money is shown", "Cents that go missing in totals"],
    "invoice-pdf": ["Invoices as PDF", "Fonts for invoices in Polish"],
  }),
  project("mobile.app", {
    main: ["Crash when the camera is denied", "Release 4.2 of the app"],
    "offline-mode": ["Keep the basket while offline", "Conflicts after a day offline"],
  }),
  project("search_index", {
    main: ["Index ten times as fast", "Explain the ranking in numbers"],
    "typo-tolerance": ["Find shoes when shoos is typed"],
  }),
  project("docs", {
    main: ["A page on refunds", "Dead links in the guides"],
    "docs/getting-started": ["A shorter way to get started"],
  }),
  project("dotfiles", {
    main: ["Shell that starts at once", "Keys for the new editor"],
  }),
];

/** @param number from 0 on; there are as many projects as are asked for */
export function projectOf(number: number): Project {
  const known = PROJECTS[number];
  const { tasks } = known ?? PROJECTS[number % PROJECTS.length] ?? PROJECTS[0];
  return known ?? { name: `project-${number + 1}`, tasks };
}

export function pickTask(dice: Dice, { tasks }: Project): Task {
  return dice.pick(tasks);
}

function project(name: string, branches: Record<string, string[]>): Project {
  const [first = { branch: "main", title: name }, ...others] = Object.entries(branches).flatMap(
    ([branch, titles]) => titles.map((title) => ({ branch, title })),
  );
  return { name, tasks: [first, ...others] };
}
