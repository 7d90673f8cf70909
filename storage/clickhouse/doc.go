// Package clickhouse keeps posts and answers questions about them in ClickHouse, over the
// native protocol or HTTP, on a server or the engine of storage/embedded alike.
//
// It owns the schema and its migrations, the writing that counts every post once, the rollups
// and the questions that the page, the alerts and the commands ask. It is the only package that
// imports clickhouse-go and goose. It does not own reading Kafka, retrying, or deciding what is
// shown to whom, apart from the minimum group of an Overview.
//
// # How a batch counts once
//
// Rows are inserted into posts in one block with a deduplication token, so repeating a batch
// with its token changes nothing. posts keeps the version of each post that was seen last. The
// rollups of every bucket that a version of these posts was ever in are then counted again from
// posts. Each step can be repeated, so the caller repeats the whole until it succeeds.
//
// Every error has a samleng.Class: RetryAfter when the server is away, busy or full,
// Unauthorised when it refuses the credentials, Permanent when it refuses the data.
package clickhouse
