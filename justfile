# The Node and the tools of this checkout come first, whatever the machine carries.
export PATH := justfile_directory() / "node_modules" / ".bin" + (if os_family() == "windows" { ";" } else { ":" }) + env("PATH")

# So that a flag's value may hold spaces.
set positional-arguments

# Check everything, as CI does: style, types, tests
default: lint types test

# Ask ccusage what was used and write it into the books
[no-exit-message]
fetch-ccusage *flags: bundle
    @node dist/ccbooks.js fetch "$@"

# What was spent, whether it is rising, and on what
[no-exit-message]
ccusage-stats *flags: bundle
    @node dist/ccbooks.js stats "$@"

# Open the books in Datasette
[no-exit-message]
ccusage-db *flags: bundle
    @node dist/ccbooks.js db "$@"

# Try it all on made-up transcripts
demo:
    @node src/ccbooks.ts demo

test *flags:
    vitest run "$@"

lint:
    oxlint --deny-warnings
    oxfmt --check

types:
    tsc

# Put the code in style
format:
    oxlint --fix
    oxfmt

# Bundle what is published into dist/
build:
    node build.ts

# The bundle starts in half the time of the source, and is made again when anything in that is newer.
[private]
bundle:
    @test -z "$(find src sql package-lock.json build.ts -newer dist/ccbooks.js 2>&1 | head -n 1)" || node build.ts

# Measure against ccusage alone, on generated logs
bench *flags:
    node test/bench/bench.ts "$@"

# Draw the README's picture of the page anew; needs Chromium
picture:
    node test/picture.ts
