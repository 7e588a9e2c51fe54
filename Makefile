# The menu of common tasks.

SEALEGS := target/debug/sealegs
# `make try YES=--yes` lets machines install and start what is missing without being asked.
YES ?=

.PHONY: help try test lint engine proof bench book

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

test: lint engine ## every test, on the real engine
	cargo test --locked
	$(MAKE) proof

lint:
	cargo fmt --all --check
	cargo clippy --locked --all-targets -- -D warnings

proof: $(SEALEGS) ## prove the course: starters fail, solutions pass, mistakes are caught
	$(SEALEGS) dev check

bench:           ## ratios against a shell script, in one run
	cargo build --locked --release
	tests/bench/run

book:            ## the book, with mdBook
	mdbook build book
