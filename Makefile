# samleng: `make` lists the targets.
SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GO      ?= go
NPM     ?= npm
BIN     := bin/samleng
TOOLS   := $(CURDIR)/.cache/tools

# Public data sets, for training and measuring; not part of the project.
DATA ?= $(if $(SAMLENG_DATA),$(SAMLENG_DATA),../shared/data)

# Posts written and labelled for this project.
POSTS := classifiers/testdata/posts

WRITTEN := $(foreach part,dev dev-2 dev-3 dev-4 dev-5 dev-6 dev-7,--posts $(POSTS)/$(part).jsonl)

# Where models are written that serve to measure the learner.
EVAL ?= bin

# The ClickHouse engine library for this machine: linux/amd64 is pinned with its hash in
# package-lock.json; the others are pinned by version and fetched beside it.
ENGINE_VERSION := 26.7.3-stable.1
OS   := $(shell uname -s)
ARCH := $(shell uname -m)
ENGINE_Linux_x86_64  := lib-linux-x64-gnu
ENGINE_Linux_aarch64 := lib-linux-arm64-gnu
ENGINE_Darwin_arm64  := lib-darwin-arm64
ENGINE_Darwin_x86_64 := lib-darwin-x64
ENGINE := $(ENGINE_$(OS)_$(ARCH))
ENGINE_DIR := node_modules/@chdb/$(ENGINE)

GOLANGCI := v2.15.0
GOFUMPT  := v0.12.0

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: run
run: build ## install what is missing, build, and start everything on this machine
	$(BIN) up $(ARGS)

.PHONY: build
build: engine ## build bin/samleng
	$(GO) build -trimpath -ldflags '-X main.version=$(VERSION)' -o $(BIN) ./cmd/samleng

.PHONY: engine
engine: needs $(ENGINE_DIR)/package.json ## install the ClickHouse engine library into node_modules

node_modules/.package-lock.json: package.json package-lock.json
	$(NPM) ci --no-audit --no-fund
	@touch $@

$(ENGINE_DIR)/package.json: node_modules/.package-lock.json
	@test -n '$(ENGINE)' || { echo 'samleng: no ClickHouse engine library is published for $(OS) on $(ARCH); set clickhouse.dsn to use a server' >&2; exit 1; }
	@test -e $@ || $(NPM) install --no-save --no-package-lock --no-audit --no-fund '@chdb/$(ENGINE)@$(ENGINE_VERSION)'
	@touch $@

.PHONY: needs
needs:
	@command -v $(GO)  >/dev/null || { echo 'samleng: Go is missing: install Go 1.26 or later' >&2; exit 1; }
	@command -v $(NPM) >/dev/null || { echo 'samleng: npm is missing: install Node.js 20 or later' >&2; exit 1; }

.PHONY: test
test: engine ## install what is missing and run every test
	$(GO) test -shuffle=on -timeout 15m ./...

.PHONY: race
race: engine ## run every test with the race detector
	$(GO) test -race -shuffle=on -timeout 30m ./...

.PHONY: check
check: engine tools fmt-check vet lint race fuzz-seeds ## everything a change must pass

# Floors lie just below what was measured on texts that the classifiers were not trained on. CI
# holds them through TestEvalFloors, which reads these lines.
.PHONY: eval
eval: build ## measure the shipped classifiers on the data sets in DATA, and fail below the floors
	$(BIN) eval sentiment $(DATA)/sentiment/km_dev.tsv --floor accuracy=0.785 --floor macro_f1=0.70 --floor ece=0.06
	$(BIN) eval sentiment $(DATA)/sentiment/en_dev.tsv --floor macro_recall=0.68 --floor ece=0.12
	$(BIN) eval sentiment $(DATA)/sentiment/en_dev.tsv --without $(DATA)/sentiment/en_train.tsv --floor accuracy=0.575 --floor ece=0.09
	$(BIN) eval sentiment $(DATA)/sentiment/en_editorials_dev.tsv --floor accuracy=0.54 --floor macro_f1=0.50
	$(BIN) eval sentiment classifiers/sentiment/testdata/rated.tsv --floor accuracy=0.92 --floor macro_f1=0.80
	$(BIN) eval language $(DATA)/language/dev.tsv --floor accuracy=0.99 --floor macro_f1=0.985 --floor ece=0.03
	$(BIN) eval language classifiers/language/testdata/chat.tsv --floor accuracy=0.96
	$(BIN) eval topic $(POSTS)/test.jsonl --floor precision=0.86 --floor micro_f1=0.83
	$(BIN) eval topic $(POSTS)/test-2.jsonl --floor precision=0.88 --floor micro_f1=0.875
	$(BIN) eval topic $(POSTS)/test-3.jsonl --floor precision=0.875 --floor micro_f1=0.80
	$(BIN) train topic $(DATA)/topics/sib200_km_train.tsv --out $(EVAL)/topic-km.model
	$(BIN) eval topic $(DATA)/topics/sib200_km_dev.tsv --model $(EVAL)/topic-km.model --floor accuracy=0.79 --floor macro_f1=0.78
	$(BIN) train topic $(DATA)/topics/sib200_en_train.tsv --out $(EVAL)/topic-en.model
	$(BIN) eval topic $(DATA)/topics/sib200_en_dev.tsv --model $(EVAL)/topic-en.model --floor accuracy=0.77 --floor macro_f1=0.76

.PHONY: tools
tools: $(TOOLS)/golangci-lint-$(GOLANGCI) $(TOOLS)/gofumpt-$(GOFUMPT)

$(TOOLS)/golangci-lint-$(GOLANGCI):
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	mv $(TOOLS)/golangci-lint $@

$(TOOLS)/gofumpt-$(GOFUMPT):
	GOBIN=$(TOOLS) $(GO) install mvdan.cc/gofumpt@$(GOFUMPT)
	mv $(TOOLS)/gofumpt $@

.PHONY: fmt
fmt: tools ## format the Go files
	git ls-files '*.go' | xargs $(TOOLS)/gofumpt-$(GOFUMPT) -w

.PHONY: fmt-check
fmt-check: tools
	@unformatted=$$(git ls-files '*.go' | xargs $(TOOLS)/gofumpt-$(GOFUMPT) -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi

.PHONY: vet
vet:
	$(GO) vet ./...

.PHONY: lint
lint: tools
	$(TOOLS)/golangci-lint-$(GOLANGCI) run ./...

.PHONY: fuzz-seeds
fuzz-seeds: ## run the fuzz targets on their seeds
	$(GO) test -run '^Fuzz' ./...

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME (default 20s) each
	@for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "== $$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $${FUZZTIME:-20s} $$package; \
	  done; \
	done

.PHONY: bench
bench: engine ## run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: train
train: build ## learn the embedded models again from the public data sets in DATA
	$(GO) run ./classifiers/internal/frequent/train --out classifiers/internal/frequent/words.txt $(POSTS)/dev-2.jsonl $(POSTS)/dev-3.jsonl $(POSTS)/dev-4.jsonl $(POSTS)/dev-5.jsonl $(POSTS)/dev-6.jsonl $(POSTS)/dev-7.jsonl
	$(GO) run ./classifiers/khmer/train --data $(DATA) --out classifiers/khmer/segmenter.bin
	$(GO) run ./classifiers/language/train --data $(DATA) --out classifiers/language/latin.bin
	$(BIN) train sentiment $(DATA)/sentiment/km_train.tsv $(DATA)/sentiment/km_train_stripped.tsv --without $(DATA)/sentiment/km_dev.tsv $(WRITTEN) --out classifiers/sentiment/models/km.bin
	$(BIN) train sentiment $(DATA)/sentiment/en_train.tsv --ngrams $(DATA)/sentiment/en_editorials_dev.tsv --words $(DATA)/sentiment/en_vader_lexicon.txt --out classifiers/sentiment/models/en.bin
	$(BIN) train claims $(POSTS)/dev-2.jsonl $(POSTS)/dev-3.jsonl $(POSTS)/dev-4.jsonl $(POSTS)/dev-5.jsonl $(POSTS)/dev-6.jsonl $(POSTS)/dev-7.jsonl $(POSTS)/dev-8.jsonl $(POSTS)/dev-9.jsonl $(POSTS)/dev-10.jsonl --labels classifiers/testdata/topics/labels.tsv --data $(DATA) --ngrams $(POSTS)/dev.jsonl --ngrams $(POSTS)/headlines-dev.jsonl --spellings $(DATA)/language/romanised_words.tsv --spellings $(DATA)/language/romanised_pairs.tsv --out classifiers/topic/models/claims.bin

.PHONY: assets
assets: node_modules/.package-lock.json ## copy the pinned chart library and fonts into the page
	./dashboards/web/update-vendor.sh

.PHONY: browser
browser: engine ## click through the page in headless Chromium (needs /usr/bin/chromium)
	$(NPM) install --no-save --no-audit --no-fund --prefix .cache/playwright playwright-core@1.64.1
	SAMLENG_PLAYWRIGHT=$(CURDIR)/.cache/playwright $(GO) test -count=1 -v -run TestBrowser ./dashboards/web

.PHONY: integration
integration: ## run the pipeline against a real Apache Kafka (needs Java 17 and Maven)
	$(GO) test -count=1 -tags integration -timeout 15m -run ApacheKafka ./pipeline/kafka

.PHONY: clean
clean: ## remove what was built and installed, but never ./data
	rm -rf bin node_modules .cache
