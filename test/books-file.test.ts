[
  {
    name: "${KILLS} fetches killed at random moments leave the books as without the kills",
    file: "/tmp/mine/test/kills.test.ts",
    location: {
      line: 15,
      column: 1,
    },
  },
];
