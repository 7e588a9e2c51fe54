# The menu of common tasks.

SEALEGS := target/debug/sealegs
# `make try YES=--yes` lets machines install and start what is missing without being asked.
YES ?=
SAMPLE ?=
# The mutants of a test run: the same ones each time, so that a change decides and not the draw.
SEED := s671

# Most tests wait for an engine: more of them at once than there are processors.
export RUST_TEST_THREADS ?= 4

.PHONY: help try test lint engine proof mutants examples bench book

help:            ## show this menu
	@grep -E '^[a-z]+: *.*##' Makefile | sed 's/:[^#]*##/\t/'

$(SEALEGS): FORCE
	cargo build --locked

FORCE:

try: engine      ## build, make sure of an engine and its images, grade a submission with one fault
	@echo
	$(SEALEGS) grade containerize tests/submissions/forgot-the-app || test $$? -eq 1
	@echo
	@echo "That submission has one fault. Yours begins with: $(SEALEGS) start containerize"

engine: $(SEALEGS)
	$(SEALEGS) doctor --fix $(YES)

test: lint engine ## every test, on the real engine, and the course: a drawn part of its mistakes and mutants
	cargo test --locked
	$(MAKE) proof SAMPLE="--sample 8"
	$(MAKE) mutants SAMPLE="--sample 8 --seed $(SEED)"
	$(MAKE) examples

lint:
	cargo fmt --all --check
	cargo clippy --locked --all-targets -- -D warnings

proof: $(SEALEGS) ## prove the course: starters fail, solutions pass, every mistake is caught
	$(SEALEGS) dev check --jobs 4 $(SAMPLE)

mutants: $(SEALEGS) ## change the solutions a little, and see whether the checks notice
	$(SEALEGS) dev mutants --jobs 4 $(SAMPLE)

examples: $(SEALEGS) ## run what the lessons show, and compare
	$(SEALEGS) dev examples

bench:           ## ratios against a shell script, in one run
	cargo build --locked --release
	tests/bench/run

book: $(SEALEGS) ## the book with its lessons, into book/out, with mdBook
	mdbook build book
